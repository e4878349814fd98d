"""What `pith eval cache` is asked to measure."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "PITH_CACHE_"
# Budgets share vectors; and no lookup of an eval is cut short because the machine is busy.
_SETTINGS = {"MAX_REMEMBERED": "100000", "LOOKUP_BUDGET_MS": "20000"}


def _ignore(_: str = "") -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class CachePlan:
    """Which cache to ask at which budgets; without an address, one is started."""

    budgets: tuple[float, ...]
    address: str = ""
    weights: Path | None = None
    on_step: Callable[[], None] = _ignore
    # The environment of the peers; none leaves them out.
    peers: Path | None = None
    # How many of the first requests the peers are asked themselves; 0 is all.
    peer_requests: int = 1500

    def settings(self, env: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Return the settings of a cache that is started; what the environment says stays."""
        chosen = {name: value for name, value in _SETTINGS.items() if f"{_PREFIX}{name}" not in env}
        return chosen | ({"WEIGHTS_DIR": str(self.weights.resolve())} if self.weights else {})

    def embedder(self, env: Mapping[str, str] = os.environ) -> tuple[str, Path | None]:
        """Return the embedder and the folder of its weights, as the cache that is started has them."""
        folder = env.get(f"{_PREFIX}WEIGHTS_DIR", "")
        return env.get(f"{_PREFIX}EMBEDDER", "onnx_minilm"), self.weights or (Path(folder) if folder else None)
