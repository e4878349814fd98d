"""What an eval is asked to measure, and the texts it makes of that."""

from dataclasses import dataclass
from pathlib import Path

from pith_cli.eval.baselines import WordWeights
from pith_cli.eval.distractors import Source
from pith_cli.eval.samples import Scenario
from pith_cli.eval.splits import Split
from pith_cli.eval.trials import Trial


@dataclass(frozen=True)
class Plan:
    """What to evaluate, and how."""

    file: Path
    rates: tuple[float, ...]
    distractors: int = 5
    source: Source = Source.OTHER
    blind: bool = False
    engine: str = ""
    split: Split | None = None
    limit: int | None = None
    address: str = ""
    processes: int = 2
    # Sizes of texts that are only there to see whether the rates are met; without any, the questions are measured.
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """The texts of a plan; the weights of words where simple methods need them."""

    scenario: Scenario
    split: Split
    trials: list[Trial]
    weights: WordWeights | None
