"""Cuts a text into the units that the reader may quote: sentences, lines, headings, questions; pure."""

import re
from dataclasses import dataclass
from enum import Enum

_END = re.compile(r"[.!?…][\"'”\u2019)\]*_]*\s+(?=[^\sa-zäöü])")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_HEADING_WORDS = 9
_ABBREVIATIONS = re.compile(
    r"(?:e\.g|i\.e|approx|nr|art|dr|mr|mrs|ms|st|vs|etc|cf|fig|sec|z\.b|d\.h|u\.a|bzw|ca|usw|abs|inkl|zzgl|ggf|[^\W\d_])",
    re.IGNORECASE,
)
_MONTHS = (
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
)


class Kind(Enum):
    """What a unit is to a reader."""

    SENTENCE = "sentence"
    HEADING = "heading"
    QUESTION = "question"


@dataclass(frozen=True)
class Unit:
    """One quotable piece of a text, verbatim but for the white space and the list mark around it."""

    text: str
    kind: Kind


def split_units(text: str) -> list[Unit]:
    """Cut a text into units, in order; lines of code, tables and lists are units of their own."""
    units: list[Unit] = []
    for line in _unwrap(text.splitlines()):
        bare = _BULLET.sub("", line).strip()
        if not bare or not any(c.isalnum() for c in bare):
            continue
        if _is_heading(bare):
            units.append(Unit(bare, Kind.HEADING))
        else:
            units += [_unit(sentence) for sentence in _sentences(bare)]
    return units


def _unit(sentence: str) -> Unit:
    return Unit(sentence, Kind.QUESTION if sentence.rstrip('*_"”\u2019)').endswith("?") else Kind.SENTENCE)


def _unwrap(lines: list[str]) -> list[str]:
    """Join lines that an editor wrapped inside a sentence: no end mark before, a small letter after, no indent."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1] if joined else ""
        wrapped = before.strip() and before.rstrip()[-1] not in ".!?:;{}[](),|`\\" and line[:1].islower()
        if wrapped and len(before.split()) >= _HEADING_WORDS:
            joined[-1] = f"{before.rstrip()} {line}"
        else:
            joined.append(line)
    return joined


def _is_heading(line: str) -> bool:
    if line.startswith("#"):
        return True
    short = len(line.split()) <= _HEADING_WORDS
    return short and line.endswith(":") and line[0].isalpha()


def _sentences(line: str) -> list[str]:
    """Cut one line at the end marks that are not part of an abbreviation or a German date."""
    pieces: list[str] = []
    start = 0
    for mark in _END.finditer(line):
        if not _ends_sentence(line, mark):
            continue
        pieces.append(line[start : mark.end()].strip())
        start = mark.end()
    return [p for p in (*pieces, line[start:].strip()) if p]


def _ends_sentence(line: str, mark: re.Match[str]) -> bool:
    if line[mark.start()] != ".":
        return True
    word = line[: mark.start()].rsplit(maxsplit=1)[-1].strip('("“').lower() if line[: mark.start()].strip() else ""
    if _ABBREVIATIONS.fullmatch(word):
        return False
    return not (word.isdigit() and len(word) <= 2 and line[mark.end() :].lower().startswith(_MONTHS))
