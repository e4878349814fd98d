"""Units of one or several texts -> those kept, so that the exact count of tokens is within one budget."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from compressor_service.pacing import StageClock
from compressor_service.selection import Taken, kept_text, make_room, rank, take
from compressor_service.units import Unit

_ATTEMPTS = 5
# Prices were estimated well enough when a choice costs no more than this share of the budget less than they say.
_TOLERANCE = 0.005
# Where more than this share of the texts is left over, room is made for what is kept out, so many times at most.
_MISS = 0.015
_ROOM_ATTEMPTS = 3
# Room is made a little larger than estimated prices say.
_SLACK = 2
# A text's best unit comes before all but the best units of the other texts, and a higher tier before a lower one.
_FIRST, _TIER = 1_000.0, 100.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A text in units, what each of them is worth, and which are not to be chosen.

    `locked` counts the tokens that no budget pays for; `first` is the unit that is to be kept before any other. A unit of
    a higher tier is chosen before all of a lower one, whatever their scores; without tiers all are of one.
    """

    text: str
    units: list[Unit]
    scores: list[float]
    excluded: frozenset[int] = frozenset()
    locked: int = 0
    first: int = -1
    tiers: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """Which units of each draft are kept, and how many tokens that are not locked they cost."""

    kept: list[set[int]]
    spent: int


@dataclass(frozen=True, slots=True)
class Fitter:
    """Fits drafts to a budget of tokens that are not locked."""

    budget: int
    count: Callable[[str], int]
    clock: StageClock

    def fit(self, drafts: Sequence[Draft]) -> Fit:
        """Keep the best units of all drafts that fit the budget together, white space included."""
        with self.clock.stage("selection"):
            units = _join([draft.units for draft in drafts])
            ranked = _rank(drafts, units)
            miss = _MISS * sum([unit.tokens for unit in units if unit.lock is None])
        fit, taken = self._approach(drafts, units, ranked)
        for _ in range(_ROOM_ATTEMPTS):
            left = self.budget - fit.spent
            order = make_room(units, ranked, taken, left - _SLACK) if left > miss else None
            if order is None:
                break
            other, taken = self._approach(drafts, units, order)
            if self._closeness(other) <= self._closeness(fit):
                break
            fit, ranked = other, order
        return fit

    def _approach(self, drafts: Sequence[Draft], units: Sequence[Unit], ranked: Sequence[int]) -> tuple[Fit, Taken]:
        """Take units at estimated prices, and again with an allowance that makes up for the error of the estimate."""
        allowance = self.budget
        best: tuple[Fit, Taken] | None = None
        for attempt in range(1, _ATTEMPTS + 1):
            with self.clock.stage("selection"):
                taken = take(units, ranked, allowance)
                kept = _deal(drafts, taken.kept)
            fit = Fit(kept, self._spend(drafts, kept))
            if best is None or self._closeness(fit) > self._closeness(best[0]):
                best = fit, taken
            excess = fit.spent - self.budget
            # Other units have other errors: what is still too much is taken off with a margin that grows.
            adjusted = taken.spent - excess * (attempt if excess > 0 else 1)
            if adjusted == allowance or (excess <= 0 and adjusted - allowance <= _TOLERANCE * self.budget):
                break
            allowance = adjusted
        assert best is not None
        return best

    def _closeness(self, fit: Fit) -> tuple[bool, int]:
        return fit.spent <= self.budget, -abs(fit.spent - self.budget)

    def _spend(self, drafts: Sequence[Draft], kept: Sequence[set[int]]) -> int:
        with self.clock.stage("selection"):
            texts = [kept_text(draft.text, draft.units, own) for draft, own in zip(drafts, kept, strict=True)]
        with self.clock.stage("tokenize"):
            return sum(map(self.count, texts)) - sum(draft.locked for draft in drafts)


def tie(draft: Draft, kept: Collection[int], repaired: Collection[int]) -> Draft:
    """Let units that were put back, and the kept ones beside them, come only together from now on."""
    parents: dict[int, set[int]] = {}
    for index in repaired:
        for neighbour in {index - 1, index + 1}.intersection(kept):
            parents.setdefault(index, set()).add(neighbour)
            parents.setdefault(neighbour, set()).add(index)
    units = list(draft.units)
    for index, more in parents.items():
        units[index] = units[index]._replace(parents=(*units[index].parents, *sorted(more)))
    return replace(draft, units=units)


def _join(several: Sequence[list[Unit]]) -> list[Unit]:
    """Number the units of several texts on, so that they can be chosen from together."""
    units = list(several[0])
    for own in several[1:]:
        first = len(units)
        units += [unit._replace(parents=tuple([parent + first for parent in unit.parents])) for unit in own]
    return units


def _rank(drafts: Sequence[Draft], units: Sequence[Unit]) -> list[int]:
    scores: list[float] = []
    excluded: set[int] = set()
    for draft in drafts:
        excluded.update([index + len(scores) for index in draft.excluded])
        tiers = draft.tiers or [0] * len(draft.units)
        scores += [
            score + _TIER * tier + _FIRST * (index == draft.first)
            for index, (score, tier) in enumerate(zip(draft.scores, tiers, strict=True))
        ]
    return rank(units, scores, excluded)


def _deal(drafts: Sequence[Draft], chosen: set[int]) -> list[set[int]]:
    """Give each text its part of a common choice."""
    if len(drafts) == 1:
        return [chosen]
    dealt: list[set[int]] = []
    first = 0
    for draft in drafts:
        after = first + len(draft.units)
        dealt.append({index - first for index in chosen if first <= index < after})
        first = after
    return dealt
