"""Worked examples in a prompt, found by their labels: such a one is kept or dropped as a whole, its labels included."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from compressor_service.rows import Rows

_NUMBERED = frozenset(
    """example examples exemple beispiel ejemplo esempio exemplo voorbeeld shot demonstration""".split()
)
_ASKED = frozenset(
    """q question input prompt sentence review problem tweet text query frage eingabe satz pregunta entrada domanda pergunta
entrée vraag source english utterance""".split()
)
_ANSWERED = frozenset(
    """a answer output response label sentiment category class translation solution completion result summary reply intent
antwort ausgabe respuesta salida risposta resposta réponse sortie antwoord target german french spanish""".split()
)
_LABEL = re.compile(
    r"[ \t]*(?P<mark>#{1,6}[ \t]+|\*\*|__|\[|<)?(?P<word>[^\W\d_]{1,20})(?:[ \t]*#?(?P<number>\d{1,3}))?(?:\*\*|__|\]|>)?[ \t]*"
    r"(?P<colon>[:：]?)"  # noqa: RUF001
)
_SEPARATOR = re.compile(r"\s*(?:(?:[-=*_#~][ \t]*){3,}|<[^<>]{1,20}>)\s*$")
# A label and its colon stand at the very start of a line.
_LABEL_WIDTH = 28
# A longer one is a section rather than an example.
_LONGEST_LINES = 40


@dataclass(frozen=True, slots=True)
class _Label:
    row: int
    word: str
    numbered: bool
    open: bool


def find_examples(rows: Rows) -> dict[int, int]:
    """Return the first row of every example and the row after it; fewer than two are none."""
    labels = [label for row in range(len(rows)) if (label := _label(rows, row))]
    starts = [label.row for label in labels if label.numbered]
    ranges = _between(rows, starts, labels[-1].row) if len(starts) >= 2 else _answered(rows, labels)
    trimmed = [(start, _without_separators(rows, start, after)) for start, after in ranges]
    examples = {start: after for start, after in trimmed if after - start <= _LONGEST_LINES}
    return examples if len(examples) >= 2 else {}


def _label(rows: Rows, row: int) -> _Label | None:
    line = rows.lines[row]
    if line.find(":", 0, _LABEL_WIDTH) < 0 and line.find("：", 0, _LABEL_WIDTH) < 0 and line[:1] not in ("#", "*"):  # noqa: RUF001
        return None
    found = _LABEL.match(line)
    if not found or not (found["colon"] or found["mark"]):
        return None
    word = found["word"].lower()
    numbered = bool(found["number"]) and word in _NUMBERED
    if not numbered and not (found["colon"] and (word in _ASKED or word in _ANSWERED)):
        return None
    alone = not line[found.end() :].strip("*_ \t\r") and not any(rows.bare[row + 1 : row + 4])
    return _Label(row, word, numbered, open=alone)


def _between(rows: Rows, starts: list[int], last_label: int) -> list[tuple[int, int]]:
    """Return the ranges from each start to the next; the last one ends with the paragraph of the last label."""
    after = rows.paragraph_ends[max(last_label, starts[-1])]
    return list(pairwise([*starts, after]))


def _answered(rows: Rows, labels: list[_Label]) -> list[tuple[int, int]]:
    """Return the examples that ask under one label and answer under another."""
    asking = next((label.word for label in labels if label.word in _ASKED), "")
    openings = [label.row for label in labels if label.word == asking]
    ranges: list[tuple[int, int]] = []
    answers = [label.row for label in labels if label.word in _ANSWERED and not label.open]
    for start, following in pairwise([*openings, len(rows)]):
        first = bisect_right(answers, start)
        if first < len(answers) and answers[first] < following:
            last = answers[bisect_right(answers, following) - 1]
            ranges.append((start, following if following < len(rows) else rows.paragraph_ends[last]))
    return ranges


def _without_separators(rows: Rows, start: int, after: int) -> int:
    while after > start + 1 and (rows.blank(after - 1) or _SEPARATOR.match(rows.lines[after - 1])):
        after -= 1
    return after
