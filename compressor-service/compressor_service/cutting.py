"""One text, or several under one budget: structure -> units -> scores -> selection -> verification."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from compressor_service.conversation import Skip
from compressor_service.engines import WordScorer
from compressor_service.fitting import Draft, Fit, Fitter, tie
from compressor_service.hybrid import draft_words, refine
from compressor_service.lossless import find_repeated
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.pacing import StageClock
from compressor_service.questions import Range
from compressor_service.relevance import Scorer, score_units
from compressor_service.selection import lay_out
from compressor_service.spans import Reason, Span, join_kept
from compressor_service.structure import ContentType, Layout, parse
from compressor_service.units import Unit, build_units, find_forced
from compressor_service.verification import Verified, verify

# How often a choice is made when verification puts back more than the budget allows.
_REPAIR_ATTEMPTS = 3
# Below this, white space and rounding weigh more than what could be dropped.
_WORTHWHILE_TOKENS = 16


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
    with clock.stage("verification"):
        verified = verify(prepared.source.text, prepared.units, kept)
    draft = _draft(prepared, [0.0] * len(prepared.units))
    return _finish(prepared, draft, verified, count=count, clock=clock, engine=engine)


def cut_sentences(
    prepared: Prepared,
    *,
    budget: int,
    count: Callable[[str], int],
    clock: StageClock,
    engine: str,
    score: Scorer = score_units,
    words: WordScorer | None = None,
) -> Outcome:
    """Keep the best sentences that fit a budget of eligible tokens; see `cut_jointly`."""
    cut = cut_jointly([prepared], budget=budget, count=count, clock=clock, engine=engine, score=score, words=words)
    return cut[0]


def cut_jointly(
    several: Sequence[Prepared],
    *,
    budget: int,
    count: Callable[[str], int],
    clock: StageClock,
    engine: str,
    score: Scorer = score_units,
    words: WordScorer | None = None,
) -> list[Outcome]:
    """Keep the best sentences of several texts that fit one budget together.

    With a word scorer, the least relevant of them lose words where whole sentences would miss the budget.
    """
    with clock.stage("relevance"):
        drafts: Sequence[Draft] = _score(several, score)
    drops = None if words is None else partial(refine, query=_query(several), words=words)
    return _settle(several, drafts, Fitter(budget, count, clock), engine=engine, drop_words=drops)


def cut_words(
    prepared: Prepared,
    *,
    budget: int,
    count: Callable[[str], int],
    clock: StageClock,
    engine: str,
    words: WordScorer,
) -> Outcome:
    """Keep the best words of a text that no question helps to weigh."""
    with clock.stage("words"):
        draft = draft_words(_draft(prepared, [0.0] * len(prepared.units)), words, count=count)
    return _settle([prepared], [draft], Fitter(budget, count, clock), engine=engine)[0]


def _draft(prepared: Prepared, scores: list[float], *, first: int = -1) -> Draft:
    locked = prepared.source.tokens - prepared.eligible
    return Draft(prepared.source.text, prepared.units, scores, frozenset(prepared.repeated), locked, first)


def _score(several: Sequence[Prepared], score: Scorer) -> list[Draft]:
    """Score all texts as one, so that their scores can be compared; each text's best sentence comes first."""
    text = "\n\n".join([prepared.source.text for prepared in several])
    dialogue = all(prepared.layout.dialogue for prepared in several)
    scores = score(text, _joined(several), _query(several), dialogue=dialogue)
    drafts: list[Draft] = []
    for prepared in several:
        own, scores = scores[: len(prepared.units)], scores[len(prepared.units) :]
        free = [index for index, unit in enumerate(prepared.units) if unit.selectable and unit.lock is None]
        best = max(free, key=lambda index: (own[index], -index), default=-1)
        drafts.append(_draft(prepared, own, first=best))
    return drafts


def _query(several: Sequence[Prepared]) -> str:
    return "\n".join(dict.fromkeys(prepared.source.query for prepared in several))


def _joined(several: Sequence[Prepared]) -> list[Unit]:
    """Number the units of several texts as those of their texts joined by a blank line."""
    if len(several) == 1:
        return several[0].units
    units: list[Unit] = []
    offset = blocks = 0
    for prepared in several:
        first = len(units)
        units += [
            unit._replace(
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


def _settle(
    several: Sequence[Prepared],
    drafts: Sequence[Draft],
    fitter: Fitter,
    *,
    engine: str,
    drop_words: Callable[[Sequence[Draft], Fit, Fitter], tuple[Sequence[Draft], Fit]] | None = None,
) -> list[Outcome]:
    """Choose and verify; where what was put back goes beyond the budget, tie it to what it belongs to and choose again."""
    budget = fitter.budget
    for attempt in range(_REPAIR_ATTEMPTS):
        fit = fitter.fit(drafts)
        if drop_words is not None:
            before = drafts
            drafts, fit = drop_words(drafts, fit, fitter)
            drop_words = drop_words if drafts is before else None
        with fitter.clock.stage("verification"):
            verified = [verify(one.text, one.units, own) for one, own in zip(drafts, fit.kept, strict=True)]
        outcomes = [
            _finish(prepared, draft, found, count=fitter.count, clock=fitter.clock, engine=engine)
            for prepared, draft, found in zip(several, drafts, verified, strict=True)
        ]
        excess = sum(outcome.eligible_after for outcome in outcomes) - budget
        if excess <= 0 or not any(found.repaired for found in verified):
            break
        drafts = [tie(draft, found.kept, found.repaired) for draft, found in zip(drafts, verified, strict=True)]
        fitter = replace(fitter, budget=budget - excess * attempt)
    return outcomes


class _Fate(NamedTuple):
    kept: bool
    score: float
    reason: Reason


def _spans(draft: Draft, kept: Collection[int], repaired: Collection[int]) -> tuple[Span, ...]:
    fates: list[_Fate] = []
    excluded = draft.excluded
    for index, (unit, score) in enumerate(zip(draft.units, draft.scores, strict=True)):
        stays = index in kept
        if index in repaired:
            reason = Reason.REPAIRED
        elif unit.lock is not None:
            reason = unit.lock
        elif not stays:
            reason = Reason.REPEATED if index in excluded else Reason.LESS_RELEVANT
        else:
            reason = Reason.RELEVANT if unit.selectable else Reason.STRUCTURE
        fates.append(_Fate(stays, score, reason))
    return lay_out(draft.text, draft.units, fates)


def _finish(
    prepared: Prepared, draft: Draft, verified: Verified, *, count: Callable[[str], int], clock: StageClock, engine: str
) -> Outcome:
    """Lay out and count; a result that is empty or not shorter is no result."""
    source = prepared.source
    spans = _spans(draft, verified.kept, verified.repaired)
    text = join_kept(source.text, spans)
    with clock.stage("tokenize"):
        tokens = count(text)
    if tokens >= source.tokens or not text.strip():
        return unchanged(Skip.NOT_SHORTER, source.tokens, eligible=prepared.eligible)
    eligible_after = max(prepared.eligible - (source.tokens - tokens), 0)
    return Outcome(
        source.tokens, tokens, prepared.eligible, eligible_after, engine=engine, spans=spans, findings=verified.findings
    )
