"""What a long check is: numbered steps, what each found, and a judgement over the samples of all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

Sample = dict[str, float]


@dataclass(frozen=True)
class Found:
    """What one step looked at, what was wrong, and what it measured."""

    checked: int
    violations: Sequence[str] = ()
    sample: Sample = field(default_factory=dict)


Step = Callable[[int], Awaitable[Found]]
Judge = Callable[[Sequence[Sample]], tuple[Sample, list[str]]]


def no_judgement(samples: Sequence[Sample]) -> tuple[Sample, list[str]]:
    """For checks whose steps say all."""
    return {}, []


@dataclass(frozen=True)
class Check:
    """A check of `steps` steps; `open` starts what it needs and gives the step function.

    A check is resumed at the step after the last one that was saved, unless its evidence is the life of one process
    (`one_life`): then an interrupted one begins anew.
    """

    name: str
    says: str
    steps: int
    open: Callable[[], AbstractAsyncContextManager[Step]]
    judge: Judge = no_judgement
    one_life: bool = False
    # What stands in the report beside the number of steps, such as the bounds that were set.
    params: Mapping[str, float | str] = field(default_factory=dict)
