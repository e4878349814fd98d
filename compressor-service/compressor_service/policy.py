"""What a caller wants, resolved against what the operator allows."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

# Raised whenever the rules change in a way that can change a result.
_REVISION = 1


class Profile(Enum):
    """How far compression may go; the values are in order."""

    OFF = 1
    LOSSLESS = 2
    SAFE = 3
    BALANCED = 4
    MAX = 5


RATES = {Profile.OFF: 1.0, Profile.LOSSLESS: 1.0, Profile.SAFE: 0.5, Profile.BALANCED: 0.4, Profile.MAX: 0.33}


@dataclass(frozen=True, slots=True)
class RateRange:
    """A rate for segments of min_tokens <= n < max_tokens (0: no upper limit)."""

    min_tokens: int
    max_tokens: int
    rate: float


@dataclass(frozen=True, slots=True)
class Policy:
    """A caller's wishes; None and empty take the server's defaults."""

    profile: Profile | None = None
    rate: float | None = None
    target_tokens: int | None = None
    min_tokens: int | None = None
    ranges: tuple[RateRange, ...] = ()
    force_tokens: tuple[str, ...] = ()
    protect_extra: tuple[str, ...] = ()
    compress_system: bool = False
    engine: str = ""
    stable: bool = True


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the operator sets: the profile without a wish, the furthest one allowed, and the smallest segment."""

    profile: Profile = Profile.SAFE
    furthest: Profile = Profile.MAX
    min_tokens: int = 250


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy with every default filled in.

    `asked_for_rate` is true when the caller named a rate or a target; only then is text without any question cut.
    """

    profile: Profile
    rate: float
    target_tokens: int | None
    min_tokens: int
    ranges: tuple[RateRange, ...]
    force_tokens: tuple[str, ...]
    protect_extra: tuple[str, ...]
    compress_system: bool
    engine: str
    stable: bool
    asked_for_rate: bool

    def rate_for(self, tokens: int) -> float:
        """Return the upper bound on the kept share of a segment of this size."""
        for size in self.ranges:
            if size.min_tokens <= tokens and (not size.max_tokens or tokens < size.max_tokens):
                return size.rate
        return self.rate

    @property
    def version(self) -> str:
        """A name for these rules that changes when they can lead to another result."""
        digest = hashlib.blake2b(repr(self).encode(), digest_size=6).hexdigest()
        return f"{_REVISION}-{self.profile.name.lower()}-{digest}"


def resolve(policy: Policy, defaults: Defaults) -> tuple[Rules, list[str]]:
    """Fill in the defaults; where a wish goes further than the operator allows, tighten it and say so."""
    warnings: list[str] = []
    profile = policy.profile or defaults.profile
    if profile.value > defaults.furthest.value:
        warnings.append(
            f"profile {profile.name} is tightened to {defaults.furthest.name}, the furthest this server allows"
        )
        profile = defaults.furthest
    # The furthest profile of all puts no floor under explicit rates.
    floor = 0.0 if defaults.furthest is Profile.MAX else RATES[defaults.furthest]
    rate = RATES[profile] if policy.rate is None else policy.rate
    ranges = policy.ranges
    if _lowest(rate, ranges) < floor:
        warnings.append(
            f"rates below {floor} are raised to it: the furthest profile of this server is {defaults.furthest.name}"
        )
        rate = max(rate, floor)
        ranges = tuple(RateRange(size.min_tokens, size.max_tokens, max(size.rate, floor)) for size in ranges)
    if policy.target_tokens is not None and policy.stable:
        warnings.append("target_tokens weighs the request as a whole: results can change when the conversation grows")
    rules = Rules(
        profile=profile,
        rate=rate,
        target_tokens=policy.target_tokens,
        min_tokens=defaults.min_tokens if policy.min_tokens is None else policy.min_tokens,
        ranges=ranges,
        force_tokens=policy.force_tokens,
        protect_extra=policy.protect_extra,
        compress_system=policy.compress_system,
        engine=policy.engine,
        stable=policy.stable,
        asked_for_rate=policy.rate is not None or policy.target_tokens is not None or bool(policy.ranges),
    )
    return rules, warnings


def _lowest(rate: float, ranges: Sequence[RateRange]) -> float:
    return min([rate, *(size.rate for size in ranges)])
