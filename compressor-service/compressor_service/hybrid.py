"""Which sentences are dropped word by word, and in which order words and whole sentences are chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from compressor_service.engines import WordScorer
from compressor_service.fitting import Draft, Fit, Fitter
from compressor_service.relevance import score_units
from compressor_service.structure import Kind
from compressor_service.word_units import Exploded, explode, find_divisible
from compressor_service.word_values import Sentence, value_answers, value_words

# Whole sentences are good enough when they miss the budget by no more than this share of the text.
_MISS = 0.01
# With words too, a miss beyond this share is worth another attempt, without sentences that stay whole.
_MISS_WITH_WORDS = 0.02
# Of a small budget this much goes to whole sentences, of a large one all; in between the share grows.
_WHOLE_SHARE = 0.5
_SMALL_TOKENS, _LARGE_TOKENS = 100, 400
# The words that fill the rest are chosen from sentences of so many times as many tokens.
_POOL = 3.0
# So many of the best sentences are read, beside those in question, to tell what words are worth.
READ = 12
# Whole sentences come first, then the words of the pool, then all else.
_WHOLE, _WORDS, _REST = 1, 0, -1

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Sentences as (draft, unit): all that may be chosen, the best first, with their scores; and what becomes of them."""

    scores: dict[Place, float]
    whole: set[Place]
    pool: set[Place]


def draft_words(draft: Draft, words: WordScorer, *, count: Callable[[str], int]) -> Draft:
    """Cut every sentence into words and value them, and what stays whole, by the word scorer alone."""
    exploded = explode(draft.text, draft.units, find_divisible(draft.units) - draft.excluded, count=count)
    units = exploded.units
    free = {index for index, unit in enumerate(units) if unit.selectable and unit.lock is None}
    lines = {index for index in free if units[index].kind is Kind.LOG}
    scores = [0.0] * len(units)
    if lines:
        prior = score_units(draft.text, draft.units, "")
        for index in lines:
            scores[index] = prior[exploded.origin[index]]
    if free - lines:
        for index, value in value_words(draft.text, units, free - lines, words).items():
            scores[index] = value
    return _redraft(draft, exploded, scores)


def refine(
    drafts: Sequence[Draft], fit: Fit, fitter: Fitter, *, query: str, words: WordScorer
) -> tuple[Sequence[Draft], Fit]:
    """Drop words where whole sentences miss the budget, or where there are so few that words serve the question better."""
    best = drafts, fit
    plan: Plan | None = None
    for share in (_WHOLE_SHARE, 0.0):
        before, plan = plan, make_plan(drafts, fit, budget=fitter.budget, share=share)
        if plan is None or plan == before:
            break
        with fitter.clock.stage("words"):
            mixed = mix(drafts, plan, query, words=words, count=fitter.count)
        found = fitter.fit(mixed)
        if best[0] is drafts or found.spent > best[1].spent:
            best = mixed, found
        if fitter.budget - found.spent <= _MISS_WITH_WORDS * _eligible(drafts):
            break
    return best


def mix(
    drafts: Sequence[Draft], plan: Plan, query: str, *, words: WordScorer, count: Callable[[str], int]
) -> list[Draft]:
    """Cut the sentences of the pool into words, and score everything so that it is chosen in the order of the plan."""
    mixed: list[Draft] = []
    parts: dict[Place, list[int]] = {}
    for number, draft in enumerate(drafts):
        exploded = explode(draft.text, draft.units, {index for own, index in plan.pool if own == number}, count=count)
        for index, before in enumerate(exploded.origin):
            parts.setdefault((number, before), []).append(index)
        tiers = [
            _WHOLE if (number, before) in plan.whole else _WORDS if (number, before) in plan.pool else _REST
            for before in exploded.origin
        ]
        scores = [draft.scores[before] for before in exploded.origin]
        mixed.append(replace(_redraft(draft, exploded, scores), tiers=tiers))
    for (number, index), value in _value(mixed, plan, parts, query, words).items():
        mixed[number].scores[index] = value
    return mixed


def _value(
    mixed: Sequence[Draft], plan: Plan, parts: dict[Place, list[int]], query: str, words: WordScorer
) -> dict[Place, float]:
    """Value the words of the pool: by the question, or by the word scorer where it has no word in common with them."""
    read = sorted(plan.pool.union(list(plan.scores)[:READ]))
    sentences = [
        Sentence(
            mixed[number].text, [mixed[number].units[part] for part in parts[number, index]], plan.scores[number, index]
        )
        for number, index in read
    ]
    answers = value_answers(sentences, query)
    if answers is not None:
        return {
            (number, part): value
            for (number, index), values in zip(read, answers, strict=True)
            if (number, index) in plan.pool
            for part, value in zip(parts[number, index], values, strict=True)
        }
    valued: dict[Place, float] = {}
    for number, draft in enumerate(mixed):
        wanted = {part for own, index in plan.pool if own == number for part in parts[own, index]}
        valued |= {(number, part): value for part, value in value_words(draft.text, draft.units, wanted, words).items()}
    return valued


def make_plan(drafts: Sequence[Draft], fit: Fit, *, budget: int, share: float) -> Plan | None:
    """Say which sentences may lose words; None when whole sentences come close enough to a large budget.

    Of a small budget, the share goes to sentences that stay whole.
    """
    growth = min(max((budget - _SMALL_TOKENS) / (_LARGE_TOKENS - _SMALL_TOKENS), 0.0), 1.0)
    if growth == 1.0 and budget - fit.spent <= _MISS * _eligible(drafts):
        return None
    scores = _rank(drafts)
    divisible = {(number, index) for number, draft in enumerate(drafts) for index in find_divisible(draft.units)}
    tokens = {(number, index): drafts[number].units[index].tokens for number, index in scores}
    kept = [(number, index) for number, index in scores if index in fit.kept[number]]
    most = (share + (1 - share) * growth) * budget if growth < 1.0 else float("inf")
    sums = accumulate(tokens[place] for place in kept)
    whole = {place for place, total in zip(kept, sums, strict=True) if total <= most or place not in divisible}
    missing = float(budget - fit.spent + sum(tokens[place] for place in kept if place not in whole))
    pool: set[Place] = set()
    for place in scores:
        if place in divisible and place not in whole and missing > 0:
            pool.add(place)
            missing -= tokens[place] / _POOL
    return Plan(scores, whole, pool) if pool else None


def _eligible(drafts: Sequence[Draft]) -> int:
    return sum(unit.tokens for draft in drafts for unit in draft.units if unit.lock is None)


def _rank(drafts: Sequence[Draft]) -> dict[Place, float]:
    """Return the sentences that may be chosen with their scores, the best first."""
    scores = {
        (number, index): draft.scores[index]
        for number, draft in enumerate(drafts)
        for index, unit in enumerate(draft.units)
        if unit.selectable and unit.lock is None and index not in draft.excluded
    }
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def _redraft(draft: Draft, exploded: Exploded, scores: list[float]) -> Draft:
    excluded = frozenset(index for index, before in enumerate(exploded.origin) if before in draft.excluded)
    return replace(draft, units=exploded.units, scores=scores, excluded=excluded, first=-1, tiers=())
