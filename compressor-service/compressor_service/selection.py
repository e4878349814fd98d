"""Scores and a budget -> which units are kept, and the spans that they make of the text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from compressor_service.spans import Reason, Span, merge
from compressor_service.units import Unit

Step = tuple[int, int]

# What is dearer than this is more than a word, and makes room for nothing.
_WORD_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Taken:
    """All that is kept, what of the budget it spent by which steps (unit, cost), and what its parents kept out.

    Of the units that are kept out by the same parents, only the best is named.
    """

    kept: set[int]
    spent: int
    steps: list[Step]
    blocked: list[int]


class Fate(Protocol):
    """What becomes of a unit."""

    @property
    def kept(self) -> bool:
        """Whether it stays."""

    @property
    def score(self) -> float:
        """What it is worth."""

    @property
    def reason(self) -> Reason:
        """Why it stays or goes."""


def select(units: Sequence[Unit], scores: Sequence[float], budget: int, *, excluded: Collection[int] = ()) -> set[int]:
    """Keep the best units that fit the budget, each with its parents; locked units are kept and cost nothing.

    Units are tried from the best to the worst, ties in text order, and one that does not fit is passed over, so the
    unused rest of the budget is smaller than any unit that was dropped.
    """
    return take(units, rank(units, scores, excluded), budget).kept


def rank(units: Sequence[Unit], scores: Sequence[float], excluded: Collection[int] = ()) -> list[int]:
    """Order the units that may be chosen from the best to the worst, ties in text order."""
    candidates = [i for i, unit in enumerate(units) if unit.selectable and unit.lock is None and i not in excluded]
    return sorted(candidates, key=lambda i: -scores[i])


def take(units: Sequence[Unit], ranked: Sequence[int], budget: int) -> Taken:
    """Keep ranked units while they fit the budget."""
    kept = {index for index, unit in enumerate(units) if unit.lock is not None}
    steps: list[Step] = []
    blocked: dict[tuple[int, ...], int] = {}
    left = budget
    for index in ranked:
        if left <= 0:
            break
        unit = units[index]
        if index in kept or unit.tokens > left:
            continue
        cost = unit.tokens
        if kept.issuperset(unit.parents):
            kept.add(index)
        else:
            wanted = with_parents(units, index, kept)
            cost = sum([units[i].tokens for i in wanted])
            if cost > left:
                blocked.setdefault(unit.parents, index)
                continue
            kept |= wanted
        left -= cost
        steps.append((index, cost))
    return Taken(kept, budget - left, steps, list(blocked.values()))


def make_room(units: Sequence[Unit], ranked: Sequence[int], taken: Taken, left: int) -> list[int] | None:
    """Rank the unit that is kept out by the fewest tokens before the words that would leave it no room.

    `left` is what of the budget is not spent. None when nothing waits, or only sentences could make room.
    """
    waiting = [(sum([units[i].tokens for i in with_parents(units, one, taken.kept)]), one) for one in taken.blocked]
    cost, index = min(waiting, default=(0, -1))
    first = -1
    for before, freed in reversed(taken.steps):
        if left >= cost or freed > _WORD_TOKENS:
            break
        left += freed
        first = before
    if left < cost or first < 0:
        return None
    order = [other for other in ranked if other != index]
    order.insert(order.index(first), index)
    return order


def with_parents(units: Sequence[Unit], index: int, kept: Collection[int]) -> set[int]:
    """Return the unit and everything that must come with it and is not kept yet."""
    wanted: set[int] = set()
    waiting = [index]
    while waiting:
        current = waiting.pop()
        if current not in kept and current not in wanted:
            wanted.add(current)
            waiting.extend(units[current].parents)
    return wanted


def kept_text(text: str, units: Sequence[Unit], kept: Collection[int]) -> str:
    """Return about what the kept units make of the text; only runs of blank lines are not clipped."""
    gaps = _kept_gaps(text, units, sorted(kept))
    stretches: list[str] = [text[: units[0].start]] if units else [text]
    for index in sorted(gaps.keys() | kept):
        start = units[index].start if index in kept else units[index].end
        stretches.append(text[start : gaps.get(index, units[index].end)])
    return "".join(stretches)


def lay_out(text: str, units: Sequence[Unit], fates: Sequence[Fate]) -> tuple[Span, ...]:
    """Turn the fates of the units into spans that cover the text, giving every gap to a neighbour.

    Inside a block a gap stays between two kept units of it. Between blocks the gap with more line ends stays of
    those after the last kept block and before the next one. Runs of blank lines are clipped to one blank line.
    """
    if not units:
        return merge([Span(0, len(text), kept=True)])
    pieces: list[Span] = [Span(0, units[0].start, kept=True)]
    gaps = _kept_gaps(text, units, [index for index, fate in enumerate(fates) if fate.kept])
    for index, (unit, fate) in enumerate(zip(units, fates, strict=True)):
        end = units[index + 1].start if index + 1 < len(units) else len(text)
        if fate.kept == (index in gaps) and (not fate.kept or "\n" not in text[unit.end : end]):
            pieces.append(Span(unit.start, end, fate.kept, fate.score, fate.reason))
            continue
        gap = Span(unit.end, end, index in gaps, fate.score, fate.reason)
        pieces.append(Span(unit.start, unit.end, fate.kept, fate.score, fate.reason))
        if gap.kept:
            pieces += _gap(text, gap, fates[index : index + 2])
        elif fate.kept and index + 1 < len(units) and not fates[index + 1].kept:
            pieces.append(gap._replace(score=fates[index + 1].score, reason=fates[index + 1].reason))
        else:
            pieces.append(gap._replace(score=0.0, reason=Reason.LESS_RELEVANT) if fate.kept else gap)
    return merge(pieces)


def _kept_gaps(text: str, units: Sequence[Unit], kept: Sequence[int]) -> dict[int, int]:
    """Return the ends of the gaps that stay; a gap has the number of the unit before it."""
    gaps: dict[int, int] = {}
    for index, following in pairwise(kept):
        if following == index + 1 or units[following].block == units[index].block:
            gaps[index] = units[index + 1].start
        else:
            candidates = (_last_of_block(units, index), following - 1)
            gap = max(candidates, key=lambda i: text.count("\n", units[i].end, units[i + 1].start))
            gaps[gap] = units[gap + 1].start
    if kept and kept[-1] == len(units) - 1:
        gaps[kept[-1]] = len(text)
    return gaps


def _last_of_block(units: Sequence[Unit], index: int) -> int:
    while index + 1 < len(units) and units[index + 1].block == units[index].block:
        index += 1
    return index


def _gap(text: str, gap: Span, around: Sequence[Fate]) -> list[Span]:
    """Return the spans of a gap that stays: kept up to one blank line, the rest a repetition."""
    if len(around) == 2 and all(fate.reason is Reason.FORCED for fate in around):
        return [gap]
    second = text.find("\n", text.find("\n", gap.start, gap.end) + 1 or gap.end, gap.end)
    blank = text[gap.start : gap.end]
    if second < 0 or not blank.isspace() or second + 1 + _indent(text, gap.end) >= gap.end:
        return [gap]
    tail = gap.end - _indent(text, gap.end)
    return [
        Span(gap.start, second + 1, kept=True, score=gap.score, reason=gap.reason),
        Span(second + 1, tail, kept=False, reason=Reason.REPEATED),
        Span(tail, gap.end, kept=True, score=gap.score, reason=gap.reason),
    ]


def _indent(text: str, position: int) -> int:
    """Return how many characters of white space stand before this position on its line."""
    line = text.rfind("\n", 0, position) + 1
    return position - line if text[line:position].isspace() else 0
