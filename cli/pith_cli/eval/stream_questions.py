"""Chooses from labelled texts the questions of a generated stream: no two of them have the same answer; pure.

The intents of the data sets are not answers: "weather in Paris" and "weather in Rome" are of one intent. Of an intent
whose answer the intent alone decides, one text is taken; its other texts may say the same in other words. Of an intent
that leaves the answer open, texts are taken as long as what sets them apart, their rare words, is all different. No two
of all share half of their words. What is not clearly the same nor clearly different is left out.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pith_cli.eval.stream_edits import role_swap
from pith_cli.eval.stream_facts import content, facts, overlap
from pith_cli.eval.stream_sources import OUT_OF_SCOPE, Labelled
from pith_cli.eval.stream_topics import CHAT_INTENTS, OPEN_INTENTS

# Texts that share this many of their words may mean the same.
_MOST_OVERLAP = 0.5
_MOST_OVERLAP_OUT_OF_SCOPE = 0.34
_MOST_PER_INTENT = 8
# A word that at most this share of an intent's texts has sets them apart.
_RARE = 0.3
_DIRECTED = frozenset({"from", "before", "after", "between", "than", "instead"})


@dataclass(frozen=True)
class Question:
    """A text with an answer of its own, and other people's texts that ask the same."""

    text: str
    answer_id: str
    same: tuple[str, ...] = ()


def choose_questions(texts: Sequence[Labelled], rng: random.Random) -> list[Question]:
    """Choose as many questions as the rules allow, in a random order."""
    shuffled = rng.sample(texts, len(texts))
    by_intent: dict[str, list[str]] = defaultdict(list)
    for one in shuffled:
        by_intent[one.intent].append(one.text)
    chosen = _Chosen()
    for intent, members in by_intent.items():
        # What can be turned round is rare, and wanted.
        members.sort(key=lambda text: role_swap(text, rng) is None)
        for text in _candidates(intent, members):
            others = [] if _is_open(intent) else [other for other in members if _asks_the_same(text, other)]
            chosen.add(Question(text, f"{intent}/{len(chosen.questions)}", tuple(others)))
    return rng.sample(chosen.questions, len(chosen.questions))


class _Chosen:
    """The questions so far, found by their words."""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self._by_word: dict[str, list[frozenset[str]]] = defaultdict(list)

    def add(self, question: Question) -> None:
        words = content(question.text)
        most = _MOST_OVERLAP_OUT_OF_SCOPE if question.answer_id.startswith(OUT_OF_SCOPE) else _MOST_OVERLAP
        near = {other for word in words for other in self._by_word[word]}
        if not words or any(overlap(words, other) >= most for other in near):
            return
        self.questions.append(question)
        for word in words:
            self._by_word[word].append(words)


def _is_open(intent: str) -> bool:
    return intent == OUT_OF_SCOPE or intent.removeprefix("clinc:") in OPEN_INTENTS


def _candidates(intent: str, members: Sequence[str]) -> Iterator[str]:
    if intent.removeprefix("clinc:") in CHAT_INTENTS:
        return
    if intent == OUT_OF_SCOPE:
        yield from members
    elif _is_open(intent):
        yield from _apart(members)
    else:
        # The text that most others agree with stands for the intent.
        yield max(members, key=lambda text: sum(_asks_the_same(text, other) for other in members))


def _apart(members: Sequence[str]) -> Iterator[str]:
    """Yield texts whose rare words are all different."""
    counts = Counter(word for text in members for word in content(text))
    taken: set[str] = set()
    found = 0
    for text in members:
        rare = {word for word in content(text) if counts[word] <= max(1, _RARE * len(members))}
        if rare and not rare & taken and found < _MOST_PER_INTENT:
            taken |= rare
            found += 1
            yield text


def _asks_the_same(one: str, other: str) -> bool:
    """Whether two texts of an intent that decides the answer are about the same words and facts."""
    if one == other or facts(one) != facts(other) or _DIRECTED & set(one.lower().split()):
        return False
    return content(one) == content(other)
