"""Scores and a budget -> which units are kept, and the spans that they make of the text."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from compressor_service.spans import Reason, Span, merge
from compressor_service.units import Unit


def select(units: Sequence[Unit], scores: Sequence[float], budget: int, *, excluded: Collection[int] = ()) -> set[int]:
    """Keep the best units that fit the budget, each with its parents; locked units are kept and cost nothing.

    Units are tried from the best to the worst, ties in text order, and one that does not fit is passed over, so the
    unused rest of the budget is smaller than any unit that was dropped.
    """
    kept = {index for index, unit in enumerate(units) if unit.lock is not None}
    spent = 0
    candidates = [i for i, unit in enumerate(units) if unit.selectable and i not in kept and i not in excluded]
    for index in sorted(candidates, key=lambda i: (-scores[i], i)):
        wanted = with_parents(units, index, kept)
        cost = sum(units[i].tokens for i in wanted)
        if spent + cost <= budget:
            kept |= wanted
            spent += cost
    return kept


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


def lay_out(text: str, units: Sequence[Unit], fates: Sequence[Span]) -> tuple[Span, ...]:
    """Turn the fates of the units into spans that cover the text, giving every gap to a neighbour.

    Inside a block a gap stays between two kept units of it. Between blocks the gap with more line ends stays of
    those after the last kept block and before the next one. Runs of blank lines are clipped to one blank line.
    """
    if not units:
        return merge([Span(0, len(text), kept=True)])
    pieces: list[Span] = [Span(0, fates[0].start, kept=True)]
    kept_gaps = _kept_gaps(text, units, fates)
    for index, fate in enumerate(fates):
        pieces.append(fate)
        end = fates[index + 1].start if index + 1 < len(fates) else len(text)
        gap = Span(fate.end, end, index in kept_gaps, fate.score, fate.reason)
        pieces += _gap(text, gap, fates[index : index + 2])
    return merge(pieces)


def _kept_gaps(text: str, units: Sequence[Unit], fates: Sequence[Span]) -> set[int]:
    """Return the units after which the gap stays; a gap has the number of the unit before it."""
    kept = [index for index, fate in enumerate(fates) if fate.kept]
    gaps: set[int] = set()
    for index, following in pairwise(kept):
        if following == index + 1 or units[following].block == units[index].block:
            gaps.add(index)
        else:
            candidates = (_last_of_block(units, index), following - 1)
            gaps.add(max(candidates, key=lambda gap: text.count("\n", fates[gap].end, fates[gap + 1].start)))
    if kept and kept[-1] == len(fates) - 1:
        gaps.add(kept[-1])
    return gaps


def _last_of_block(units: Sequence[Unit], index: int) -> int:
    while index + 1 < len(units) and units[index + 1].block == units[index].block:
        index += 1
    return index


def _gap(text: str, gap: Span, around: Sequence[Span]) -> list[Span]:
    """Return the spans of one gap: kept up to one blank line, the rest a repetition; or dropped with its neighbour."""
    if not gap.kept:
        dropped = next((fate for fate in around if not fate.kept), None)
        score, reason = (dropped.score, dropped.reason) if dropped else (0.0, Reason.LESS_RELEVANT)
        return [Span(gap.start, gap.end, kept=False, score=score, reason=reason)]
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
