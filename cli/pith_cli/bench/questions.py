"""Makes questions that nobody has asked before, each with paraphrases, from a seed; pure."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from pith_cli.bench.corpus import WORDS

_ACTIONS = ("change", "close", "copy", "move", "open", "order", "pay for", "plan", "report", "sell", "start", "test")
# The first form is stored; one of the others is asked by one callers count, so that no text is asked twice.
_FORMS = ("How do I {}?", "How can I {}?", "How would I {}?")


@dataclass(frozen=True)
class Question:
    """One question in the form that is stored, and in others of the same meaning."""

    text: str
    paraphrases: tuple[str, ...]


def questions(seed: int) -> Iterator[Question]:
    """Yield questions without end, no two alike."""
    rng = random.Random(seed)  # noqa: S311  -- made to be repeated
    seen: set[str] = set()
    for _ in itertools.count():
        what = f"{rng.choice(_ACTIONS)} the {' '.join(rng.sample(WORDS, 2))} of the {' '.join(rng.sample(WORDS, 2))}"
        if what not in seen:
            seen.add(what)
            forms = [form.format(what) for form in _FORMS]
            yield Question(forms[0], tuple(forms[1:]))
