"""Makes of a question the text that is compressed, and notes where in it lies what must survive; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pith_cli.eval.samples import AnswerSample, MeetingSample, SupportSample

Range = tuple[int, int]
_WORD = re.compile(r"\S+")
# A sentence ends at a full stop, question or exclamation mark before white space and what can begin a sentence.
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z0-9\"'(\[])|\n+")


@dataclass(frozen=True)
class Trial:
    """A text to compress for a question.

    What must survive is one of `answers` as a run of words, every one of `whole`, or as many words of `wanted` as
    possible, whichever is not empty. `units` are the sentences or turns that simple methods keep or drop. A text made
    of a number of `tokens` is only there to see whether the rate is met.
    """

    line: int
    text: str
    question: str
    units: tuple[Range, ...]
    answers: tuple[str, ...] = ()
    whole: tuple[Range, ...] = ()
    wanted: tuple[Range, ...] = ()
    tokens: int = 0


def answer_trial(line: int, sample: AnswerSample, paragraphs: Sequence[str]) -> Trial:
    """Join the paragraphs, the one that answers among them, by blank lines."""
    text = "\n\n".join(paragraphs)
    return Trial(line, text, sample.question, tuple(sentences(text)), answers=sample.answers)


def support_trial(line: int, sample: SupportSample) -> Trial:
    """Put every page under its title as a heading."""
    text, units, places = "", [], {}
    for title, page in sample.pages:
        text += f"# {title}\n"
        for number, sentence in enumerate(page):
            if text and sentence and not (text[-1].isspace() or sentence[0].isspace()):
                text += " "
            start = len(text)
            text += sentence
            if sentence.strip():
                units.append((start, len(text)))
                places[title, number] = (start, len(text))
        text += "\n\n"
    facts = tuple(sorted(places[fact] for fact in set(sample.facts) if fact in places))
    return Trial(line, text.rstrip("\n"), sample.question, tuple(units), whole=facts)


def meeting_trial(line: int, sample: MeetingSample) -> Trial:
    """Write every turn on a line of its own, after its speaker's name."""
    text, units, spoken = "", [], []
    for speaker, words in sample.turns:
        start = len(text)
        text += f"{speaker}: {words}"
        units.append((start, len(text)))
        spoken.append((len(text) - len(words), len(text)))
        text += "\n"
    relevant = {turn for first, last in sample.relevant for turn in range(max(first, 0), min(last + 1, len(spoken)))}
    wanted = tuple(spoken[turn] for turn in sorted(relevant))
    return Trial(line, text.rstrip("\n"), sample.question, tuple(units), wanted=wanted)


def words(text: str) -> list[Range]:
    """Return the stretches between white space."""
    return [found.span() for found in _WORD.finditer(text)]


def sentences(text: str) -> list[Range]:
    """Cut at line ends and after sentence ends, as plainly as the simple methods do that are compared."""
    found: list[Range] = []
    start = 0
    for end in [*_SENTENCE_END.finditer(text), None]:
        stop = end.start() if end else len(text)
        if text[start:stop].strip():
            found.append((start, stop))
        start = end.end() if end else stop
    return found
