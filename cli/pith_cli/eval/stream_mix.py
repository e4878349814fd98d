"""Generates the streams: a mix of repeats, rewordings and near misses, and the intents of Banking77; pure but for files.

The mix: each question is asked once at a random time; afterwards come verbatim repeats, benign edits, the same in
another form, and near misses, which have answers of their own. A part of the questions is never asked again.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pith_cli.eval.stream_edits import EDITS, entity
from pith_cli.eval.stream_facts import facts
from pith_cli.eval.stream_questions import Question, choose_questions
from pith_cli.eval.stream_rewordings import benign, same_meaning
from pith_cli.eval.stream_sources import learnt_texts, normal, read_banking, read_test_texts
from pith_cli.eval.streams import Request, StreamError

SEED = 20241124
VERBATIM, BENIGN, SAME, FIRST, UNRELATED = "verbatim", "benign", "same-meaning", "first", "unrelated"
_MOST_PER_QUESTION = 3
_ROUNDS = 8
# How often other people's words are taken, where there are any.
_OTHERS_WORDS = 0.7
# A question that can be turned round is rare: names in it are exchanged to make more of them.
_VARIANTS = 30
ROLE_SWAP = "role-swap"
# The share of the questions that are asked again.
_ASKED_AGAIN = 0.75
_BANKING_REQUESTS = 12_000
# When a question is asked first, as a share of the stream; the rest of its requests come afterwards.
_FIRST_BY = 0.75
Reword = Callable[[str, random.Random], str | None]


@dataclass(frozen=True)
class Sizes:
    """How many requests of each kind; repeats in about the shares of a study of such mixes: 10, 10 and 30 %."""

    near_misses: int = 155
    repeats: Mapping[str, int] = field(default_factory=lambda: {VERBATIM: 700, BENIGN: 700, SAME: 2050})


@dataclass(frozen=True)
class _Timed:
    at: float
    request: Request


def mix(folder: Path) -> list[Request]:
    """Generate the mix from the test texts of CLINC150 and Banking77."""
    rng = random.Random(SEED)  # noqa: S311  -- made to be repeated
    questions = choose_questions(read_test_texts(folder), rng)
    return Mixer(questions, learnt_texts(folder), rng).requests()


def banking77(folder: Path) -> list[Request]:
    """Return requests of Banking77 in random order, each text once; texts of one intent share an answer."""
    rng = random.Random(SEED)  # noqa: S311  -- made to be repeated
    texts = read_banking(folder, "train", "test")
    if len(texts) < _BANKING_REQUESTS:
        raise StreamError(f"banking77 has {len(texts)} texts; {_BANKING_REQUESTS} are needed")
    return [Request(one.text, one.intent) for one in rng.sample(texts, _BANKING_REQUESTS)]


class Mixer:
    """Makes the requests of a mix; no two near misses, and no near miss and question, are the same words."""

    def __init__(
        self, questions: Sequence[Question], learnt: frozenset[str], rng: random.Random, sizes: Sizes | None = None
    ) -> None:
        self._sizes = sizes or Sizes()
        self._rng = rng
        self._learnt = learnt
        self._taken = {normal(text) for one in questions for text in (one.text, *one.same)}
        self._asked: set[str] = set()
        self._again = list(questions[: round(len(questions) * _ASKED_AGAIN)])
        # What is asked with other names too is turned round, and not edited in other ways: names would meet.
        self._fixed = [one for one in self._again if EDITS[ROLE_SWAP](one.text, rng) is None]
        self._variants = self._with_names(questions)
        self._questions = [*questions, *self._variants]
        self._first = {one.answer_id: rng.random() * _FIRST_BY for one in self._questions}

    def requests(self) -> list[Request]:
        """Return all requests in their order."""
        later = [*self._near_misses(), *self._repeats()]
        again = {one.request.imitates or one.request.answer_id for one in later}
        firsts = [
            Request(one.text, one.answer_id, FIRST if one.answer_id in again else UNRELATED) for one in self._questions
        ]
        timed = [_Timed(self._first[one.answer_id], one) for one in firsts]
        return [one.request for one in sorted([*timed, *later], key=lambda one: one.at)]

    def _with_names(self, questions: Sequence[Question]) -> list[Question]:
        """Ask questions that can be turned round with other names too."""
        found = []
        for question in questions:
            if EDITS[ROLE_SWAP](question.text, self._rng) is None:
                continue
            # Two that name the same, one the other way round, would be each other's near misses.
            named = {frozenset(facts(question.text).names)}
            for number in range(_VARIANTS):
                text = entity(question.text, self._rng) or question.text
                text = entity(text, self._rng) or text
                names = frozenset(facts(text).names)
                if names not in named and EDITS[ROLE_SWAP](text, self._rng) and self._take(text):
                    named.add(names)
                    found.append(Question(text, f"{question.answer_id}/names/{number}"))
        return found

    def _near_misses(self) -> Iterator[_Timed]:
        for kind, edit in EDITS.items():
            made = list(self._edited(kind, edit))
            if len(made) < self._sizes.near_misses:
                raise StreamError(f"only {len(made)} near misses of kind {kind}; {self._sizes.near_misses} are needed")
            yield from made

    def _edited(self, kind: str, edit: Reword) -> Iterator[_Timed]:
        count = 0
        for question in self._shuffled(_MOST_PER_QUESTION, variants=kind == ROLE_SWAP):
            text = edit(question.text, self._rng)
            if count == self._sizes.near_misses or text is None or not self._take(text):
                continue
            count += 1
            answer_id = f"{question.answer_id}/{kind}/{count}"
            yield self._later(question, Request(text, answer_id, kind, imitates=question.answer_id))

    def _repeats(self) -> Iterator[_Timed]:
        for kind, wanted in self._sizes.repeats.items():
            made = (self._later(one, made) for one in self._shuffled(_ROUNDS) for made in self._repeated(kind, one))
            yield from islice(made, wanted)

    def _repeated(self, kind: str, question: Question) -> Iterator[Request]:
        if kind == VERBATIM:
            yield Request(question.text, question.answer_id, kind)
            return
        others = question.same if kind == SAME else ()
        others = tuple(text for text in others if text not in self._asked)
        if others and self._rng.random() < _OTHERS_WORDS:
            self._asked.add(others[0])
            yield Request(others[0], question.answer_id, kind)
            return
        text = (benign if kind == BENIGN else same_meaning)(question.text, self._rng)
        if (
            text
            and text not in self._asked
            and normal(text) not in self._learnt
            and facts(text) == facts(question.text)
        ):
            self._asked.add(text)
            yield Request(text, question.answer_id, kind)

    def _shuffled(self, rounds: int, *, variants: bool = False) -> Iterator[Question]:
        """Yield the questions that are asked again, a number of times, each time in another order."""
        chosen = self._again + self._variants if variants else self._fixed
        for _ in range(rounds):
            yield from self._rng.sample(chosen, len(chosen))

    def _later(self, question: Question, request: Request) -> _Timed:
        first = self._first[question.answer_id]
        return _Timed(first + (1 - first) * self._rng.uniform(0.01, 1.0), request)

    def _take(self, text: str) -> bool:
        words = normal(text)
        if words in self._taken or words in self._learnt:
            return False
        self._taken.add(words)
        return True
