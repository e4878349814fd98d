"""What a process of an eval is given, and what it gives back."""

from dataclasses import dataclass

from pith_cli.eval.baselines import WordWeights


@dataclass(frozen=True)
class Task:
    """What to do with every text; without weights of words, the only simple method is bm25."""

    address: str
    rates: tuple[float, ...]
    engine: str
    blind: bool
    weights: WordWeights | None


@dataclass(frozen=True)
class Finding:
    """What became of one text at one rate; `share` and the baselines say how much of what must survive did."""

    line: int
    rate: float
    error: str = ""
    engine: str = ""
    share: float = 0.0
    # Eligible tokens after per one before; None where nothing was eligible.
    achieved: float | None = None
    baselines: tuple[tuple[str, float], ...] = ()
    violations: tuple[str, ...] = ()
    # The size of a text that is only there to see whether the rate is met.
    tokens: int = 0
