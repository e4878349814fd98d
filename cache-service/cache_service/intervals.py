"""Wilson's interval of a share (E. B. Wilson, JASA 22, 1927); pure."""

import math

# Standard deviations of the normal distribution that leave 5 % outside: on both sides together, or above alone.
Z_TWO_SIDED = 1.959964
Z_ONE_SIDED = 1.644854


def wilson(wrong: float, total: float, *, z: float = Z_TWO_SIDED) -> tuple[float, float]:
    """Return the lower and the upper end of the interval of a share; 0 to 1 where nothing was counted."""
    if total <= 0:
        return 0.0, 1.0
    share = min(1.0, wrong / total)
    centre = share + z**2 / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
