"""How many answers survive a cut at a rate: documents with distractors, baselines, one global cut."""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from keep_corpus import Document, Paragraph, join
from numpy.typing import NDArray

from compressor_service.protection import AtomClass, find_atoms
from compressor_service.sentences import split
from compressor_service.tokens import TokenCounter

Scores = NDArray[np.float64]
_COUNTER = TokenCounter()


@dataclass(frozen=True)
class Case:
    """A document to cut: its words, their costs in tokens, and for every question the word runs that answer it."""

    document: Document
    words: list[tuple[int, int]]
    costs: NDArray[np.int64]
    answers: list[list[tuple[int, int]]]
    # For every word its sentence, and for every sentence the words that stay when any of it stays.
    sentences: NDArray[np.int64]
    critical: dict[int, list[int]]


def make_cases(
    paragraphs: Sequence[Paragraph], *, same_article: bool, distractors: int = 5, seed: int = 7
) -> list[Case]:
    """Put every paragraph among others, of its own article or of other ones; its questions alone are asked."""
    source = random.Random(seed)
    by_article = defaultdict(list)
    for paragraph in paragraphs:
        by_article[paragraph.article].append(paragraph)
    cases = []
    for gold in paragraphs:
        pool = by_article[gold.article] if same_article else paragraphs
        others: list[Paragraph] = []
        while len(others) < distractors:
            other = source.choice(pool)
            if other is not gold and (same_article or other.article != gold.article):
                others.append(Paragraph(other.text, other.article, other.complete))
        others.insert(source.randint(0, distractors), gold)
        cases.append(_case(join(others)))
    return cases


def _case(document: Document) -> Case:
    words = document.words()
    starts = np.array([start for start, _ in words])
    costs = np.array([_cost(document.text[start:end]) for start, end in words])
    answers = []
    for question in document.questions:
        runs = []
        for answer in question.answers:
            for found in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", document.text):
                first = int(np.searchsorted(starts, found.start(), side="right")) - 1
                runs.append((first, int(np.searchsorted(starts, found.end() - 1, side="right"))))
        answers.append(runs)
    sentences, critical = _critical(document, starts)
    return Case(document, words, costs, answers, sentences, critical)


def _critical(document: Document, starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[int, list[int]]]:
    """Find the words with numbers and negations, which stay whenever something of their sentence does."""
    bounds = [span for start, end, _ in document.parts for span in split(document.text, start, end)]
    sentences = np.searchsorted(np.array([start for start, _ in bounds]), starts, side="right") - 1
    critical = defaultdict(list)
    for atom in find_atoms(document.text):
        if atom.kind in (AtomClass.NUMBER, AtomClass.NEGATION):
            first = int(np.searchsorted(starts, atom.start, side="right")) - 1
            last = int(np.searchsorted(starts, atom.end - 1, side="right"))
            for word in range(first, last):
                critical[int(sentences[word])].append(word)
    return sentences, critical


@lru_cache(maxsize=200_000)
def _cost(word: str) -> int:
    return _COUNTER.count(" " + word)


def cut(case: Case, scores: Scores, rate: float, *, with_critical: bool = False) -> NDArray[np.bool_]:
    """Keep the best words of the whole document that fit the rate in tokens."""
    budget = rate * case.costs.sum()
    order = np.argsort(-scores, kind="stable")
    kept = np.zeros(len(scores), dtype=bool)
    if not with_critical:
        kept[order[np.cumsum(case.costs[order]) <= budget]] = True
        return kept
    spent = 0
    for word in order:
        if not kept[word]:
            wanted = [w for w in {int(word), *case.critical.get(int(case.sentences[word]), ())} if not kept[w]]
            cost = int(case.costs[wanted].sum())
            if spent + cost <= budget:
                kept[wanted] = True
                spent += cost
    return kept


def share_kept(cases: Sequence[Case], scores: Sequence[Scores], rate: float, *, with_critical: bool = False) -> float:
    """Return the share of questions with an answer that survives as one run of words."""
    survived = total = 0
    for case, own in zip(cases, scores, strict=True):
        sums = np.concatenate([[0], np.cumsum(cut(case, own, rate, with_critical=with_critical))])
        for runs in case.answers:
            total += 1
            survived += any(sums[end] - sums[start] == end - start for start, end in runs)
    return survived / total


def smooth(scores: Scores, side: float) -> Scores:
    """Mix every word's score with its neighbours', which weigh `side` each to its own four."""
    padded = np.pad(scores, 1, mode="edge")
    smoothed: Scores = (side * padded[:-2] + 4 * scores + side * padded[2:]) / (4 + 2 * side)
    return smoothed


def baselines(cases: Sequence[Case], learnt_from: Sequence[Paragraph]) -> dict[str, list[Scores]]:
    """Score the words without a model, in the ways that anybody would try first."""
    seen = Counter(word for paragraph in learnt_from for word in {_bare(w) for w in paragraph.text.split()})
    source = np.random.default_rng(5)

    def rarity(word: str) -> float:
        return math.log((len(learnt_from) + 1) / (seen[_bare(word)] + 1))

    def marked(text: str, start: int, end: int) -> bool:
        word = text[start:end].lstrip("\"'([“‘")  # noqa: RUF001
        inside = text[max(start - 2, 0) : start].strip()[-1:] not in (*".!?", "")
        return any(c.isdigit() for c in word) or (word[:1].isupper() and inside)

    def each(score: Callable[[str, int, int], float]) -> list[Scores]:
        return [np.array([score(case.document.text, *word) for word in case.words]) for case in cases]

    largest = math.log(len(learnt_from) + 1)
    idf = each(lambda text, start, end: rarity(text[start:end]) / largest)
    caps = each(lambda text, start, end: rarity(text[start:end]) / largest + marked(text, start, end))
    return {
        "random_words": [source.random(len(case.words)) for case in cases],
        "head": [-np.arange(len(case.words), dtype=float) for case in cases],
        "idf": idf,
        "idf_caps": caps,
        "idf_caps_smoothed": [smooth(own, 2.0) for own in caps],
    }


def _bare(word: str) -> str:
    return word.strip("\"'()[].,;:!?“”‘’").lower()  # noqa: RUF001
