"""One text, or several under one budget: structure -> units -> scores -> selection -> verification."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from compressor_service.conversation import Skip
from compressor_service.lossless import find_repeated
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.pacing import StageClock
from compressor_service.questions import Range
from compressor_service.relevance import Scorer, score_units
from compressor_service.selection import lay_out, select
from compressor_service.spans import Reason, Span, join_kept
from compressor_service.structure import ContentType, Layout, parse
from compressor_service.units import Unit, build_units, find_forced
from compressor_service.verification import verify

_FIT_ATTEMPTS = 5
# Below this, white space and rounding weigh more than what could be dropped.
_WORTHWHILE_TOKENS = 16
# In a joint choice every text keeps its best unit before any keeps a second one.
_FIRST_OF_TEXT = 10.0


@dataclass(frozen=True)
class Source:
    """A text that may be cut, and what must be known to cut it."""

    text: str
    tokens: int
    query: str = ""
    content_type: ContentType = ContentType.AUTO
    question: tuple[Range, ...] = ()
    force_tokens: tuple[str, ...] = ()
    protect_extra: tuple[str, ...] = ()
    layout: Layout | None = None


@dataclass(frozen=True)
class Prepared:
    """A source cut into units; `eligible` counts the tokens that are not locked."""

    source: Source
    layout: Layout
    units: list[Unit]
    repeated: set[int]
    eligible: int

    @property
    def hopeless(self) -> Skip | None:
        """Say why nothing in this text may change, if so."""
        if any(unit.lock is None for unit in self.units):
            return Skip.TOO_SHORT if self.eligible < _WORTHWHILE_TOKENS else None
        forced = any(unit.lock is Reason.FORCED for unit in self.units)
        return Skip.QUESTION if forced else Skip.PROTECTED_CONTENT


def prepare(source: Source, *, count: Callable[[str], int], clock: StageClock) -> Prepared:
    """Cut a source into units and find what it repeats."""
    with clock.stage("structure"):
        layout = source.layout or parse(source.text, source.content_type)
        forced = [*source.question, *find_forced(source.text, source.force_tokens, source.protect_extra)]
        units = build_units(source.text, layout, count=count, forced=forced)
        repeated = find_repeated(source.text, units, layout.blocks)
    locked = sum(unit.tokens for unit in units if unit.lock is not None)
    return Prepared(source, layout, units, repeated, max(source.tokens - locked, 0))


def cut_lossless(prepared: Prepared, *, count: Callable[[str], int], clock: StageClock, engine: str) -> Outcome:
    """Take out what is only repeated."""
    kept = set(range(len(prepared.units))) - prepared.repeated
    return _finish(prepared, kept, [0.0] * len(prepared.units), count=count, clock=clock, engine=engine)


def cut_sentences(
    prepared: Prepared,
    *,
    budget: int,
    count: Callable[[str], int],
    clock: StageClock,
    engine: str,
    score: Scorer = score_units,
) -> Outcome:
    """Keep the best sentences that fit a budget of eligible tokens."""
    with clock.stage("relevance"):
        scores = score(prepared.source.text, prepared.units, prepared.source.query, dialogue=prepared.layout.dialogue)
    kept = _fit([prepared], [scores], budget=budget, count=count, clock=clock)[0]
    return _finish(prepared, kept, scores, count=count, clock=clock, engine=engine)


def cut_jointly(
    several: Sequence[Prepared], *, budget: int, count: Callable[[str], int], clock: StageClock, engine: str
) -> list[Outcome]:
    """Keep the best sentences of several texts that fit one budget together."""
    with clock.stage("relevance"):
        scores = _joint_scores(several)
    order = [_raise_best(prepared, own) for prepared, own in zip(several, scores, strict=True)]
    kept = _fit(several, order, budget=budget, count=count, clock=clock)
    return [
        _finish(prepared, kept[number], scores[number], count=count, clock=clock, engine=engine)
        for number, prepared in enumerate(several)
    ]


def _joint_scores(several: Sequence[Prepared]) -> list[list[float]]:
    """Score all texts as one, so that their scores can be compared."""
    text = "\n\n".join(prepared.source.text for prepared in several)
    query = "\n".join(dict.fromkeys(prepared.source.query for prepared in several))
    dialogue = all(prepared.layout.dialogue for prepared in several)
    scores = score_units(text, _joined(several), query, dialogue=dialogue)
    shared: list[list[float]] = []
    for prepared in several:
        shared.append(scores[: len(prepared.units)])
        scores = scores[len(prepared.units) :]
    return shared


def _raise_best(prepared: Prepared, scores: Sequence[float]) -> list[float]:
    """Put the best unit of a text before all but the best units of the others."""
    raised = list(scores)
    selectable = [index for index, unit in enumerate(prepared.units) if unit.selectable and unit.lock is None]
    if selectable:
        raised[max(selectable, key=lambda index: (scores[index], -index))] += _FIRST_OF_TEXT
    return raised


def _joined(several: Sequence[Prepared]) -> list[Unit]:
    """Number the units of several texts as those of their texts joined by a blank line."""
    if len(several) == 1:
        return several[0].units
    units: list[Unit] = []
    offset = blocks = 0
    for prepared in several:
        first = len(units)
        units += [
            replace(
                unit,
                start=unit.start + offset,
                end=unit.end + offset,
                block=unit.block + blocks,
                parents=tuple(parent + first for parent in unit.parents),
                heading=unit.heading + first if unit.heading >= 0 else -1,
            )
            for unit in prepared.units
        ]
        offset += len(prepared.source.text) + 2
        blocks += len(prepared.layout.blocks) + 1
    return units


def _fit(
    several: Sequence[Prepared],
    scores: Sequence[Sequence[float]],
    *,
    budget: int,
    count: Callable[[str], int],
    clock: StageClock,
) -> list[set[int]]:
    """Select until the exact count, white space included, is within the budget."""
    units = _joined(several)
    flat = [score for own in scores for score in own]
    starts = [sum(len(prepared.units) for prepared in several[:number]) for number in range(len(several) + 1)]
    excluded = {index + starts[number] for number, prepared in enumerate(several) for index in prepared.repeated}
    allowance = budget
    kept: list[set[int]] = []
    for _ in range(_FIT_ATTEMPTS):
        with clock.stage("selection"):
            chosen = select(units, flat, allowance, excluded=excluded)
            kept = [
                {index - starts[number] for index in chosen if starts[number] <= index < starts[number + 1]}
                for number in range(len(several))
            ]
            texts = [
                join_kept(one.source.text, _spans(one, own, scores[number], set()))
                for number, (one, own) in enumerate(zip(several, kept, strict=True))
            ]
        with clock.stage("tokenize"):
            locked = sum(one.source.tokens - one.eligible for one in several)
            excess = sum(count(text) for text in texts) - locked - budget
        if excess <= 0:
            break
        allowance -= excess
    return kept


def _spans(prepared: Prepared, kept: set[int], scores: Sequence[float], repaired: set[int]) -> tuple[Span, ...]:
    fates = [
        Span(unit.start, unit.end, index in kept, scores[index], _reason(prepared, index, kept, repaired))
        for index, unit in enumerate(prepared.units)
    ]
    return lay_out(prepared.source.text, prepared.units, fates)


def _reason(prepared: Prepared, index: int, kept: set[int], repaired: set[int]) -> Reason:
    unit = prepared.units[index]
    if index in repaired:
        return Reason.REPAIRED
    if unit.lock is not None:
        return unit.lock
    if index not in kept:
        return Reason.REPEATED if index in prepared.repeated else Reason.LESS_RELEVANT
    return Reason.RELEVANT if unit.selectable else Reason.STRUCTURE


def _finish(
    prepared: Prepared,
    kept: set[int],
    scores: Sequence[float],
    *,
    count: Callable[[str], int],
    clock: StageClock,
    engine: str,
) -> Outcome:
    """Verify, lay out and count; a result that is empty or not shorter is no result."""
    source = prepared.source
    with clock.stage("verification"):
        verified = verify(source.text, prepared.units, kept)
    spans = _spans(prepared, set(verified.kept), scores, set(verified.repaired))
    text = join_kept(source.text, spans)
    with clock.stage("tokenize"):
        tokens = count(text)
    if tokens >= source.tokens or not text.strip():
        return unchanged(Skip.NOT_SHORTER, source.tokens, eligible=prepared.eligible)
    eligible_after = max(prepared.eligible - (source.tokens - tokens), 0)
    return Outcome(
        source.tokens, tokens, prepared.eligible, eligible_after, engine=engine, spans=spans, findings=verified.findings
    )
