"""Things that must survive whole inside kept text: numbers, URLs, names, negations, placeholders, code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class AtomClass(Enum):
    """The classes that verification counts."""

    NUMBER = 1
    URL = 2
    NAME = 3
    NEGATION = 4
    PLACEHOLDER = 5
    CODE = 6
    JSON = 7
    TABLE = 8


@dataclass(frozen=True, slots=True)
class Atom:
    """One indivisible stretch; offsets in characters."""

    kind: AtomClass
    start: int
    end: int


_MONTH = (
    r"(?:Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Apr(?:il)?|May|Mai|June?|Juni|July?|Juli|Aug(?:ust)?"
    r"|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Okt(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?)\b"
)
_UNIT = (
    r"(?:[ \u00a0]?(?:%|‰|°[CF]?|€|\$|£|¥)|[ \u00a0](?:EUR|USD|GBP|CHF|percent|Prozent|million|billion|Mio\.|Mrd\.|days?|Tagen?|hours?"
    r"|Stunden?|minutes?|Minuten?|seconds?|Sekunden?|weeks?|Wochen?|months?|Monaten?|years?|Jahren?|k?[gmW]|[cm]m|ms|[kMGT]i?B|km/h|k?Wh)\b)?"
)
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĚĘĞĢĪİĶŁĽĻŃŇŅŐŒŘŚŞŠŤŪŮŰŹŻŽΑ-ΩА-Я"
_CAPITALISED = rf"[{_UPPER}][\w'’-]{{0,40}}[^\W_]"  # noqa: RUF001
_NAME = rf"{_CAPITALISED}(?:[ \u00a0](?:(?:of|the|de|del|di|von|van|der|zu|al|bin)[ \u00a0])?{_CAPITALISED})+|(?<=[\w,;] ){_CAPITALISED}"
_NEGATION = (
    r"(?:not|no|never|none|nor|neither|nobody|nothing|nowhere|without|cannot|except|unless|exclud(?:es?|ed|ing)|(?:ca|do|doe|did|is|are|was|were|has|have|had|wo|would|could|should|must|need|might|ai)(?:s)?n['’]t"  # noqa: RUF001
    r"|nicht|kein\w{0,2}|nie|niemals|nichts|niemand|ohne|außer|weder|es sei denn|pas|jamais|sans|sauf|aucune?|nunca|ningun[oa]|sin|excepto|mai|senza|tranne|nessun[oa]?"
    r"|niet|geen|nooit|não|nenhum|sem)\b"
)
# Nothing begins inside a word: that keeps most positions of a text down to one look behind.
_ATOM = re.compile(
    r"(?<![^\W_])(?:"
    r"(?P<PLACEHOLDER><[A-Z][A-Z_]*(?:_\d+)?>|\[[A-Z][A-Z_]*(?:_\d+)?\]|\{\{[^{}\n]{1,60}\}\})"
    r"|(?P<CODE>(?P<tick>`++)[^`\n]+(?P=tick)"
    r"|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b)"
    r"|(?P<URL>(?:https?|ftp|wss?|s3|ssh|git)://[^\s<>\"'`)\]]*[^\s<>\"'`)\].,;:!?]|www\.[^\s<>\"')\]]*[\w/]"
    r"|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|(?:~|\.{1,2})?/[\w.-]+(?:/[\w.-]+)+/?|[A-Z]:\\[\w\\.-]+)"
    rf"|(?P<NUMBER>\d{{1,2}}\.?[ \u00a0]{_MONTH}(?:,?[ \u00a0]\d{{4}})?"
    rf"|{_MONTH}[ \u00a0]\d{{1,2}}\b(?:,?[ \u00a0]\d{{4}})?"
    rf"|(?:[$€£¥][ \u00a0]?|[-+±−])?\d+(?:[.,:/\u2013-]\d+)*{_UNIT})"  # noqa: RUF001
    rf"|(?P<NEGATION>{_NEGATION})"
    rf"|(?P<NAME>{_NAME}))"
    r"|(?P<CJK_NEGATION>[不没未无非]|ません|ない)"
)


def find_atoms(text: str, start: int = 0, end: int | None = None) -> Iterator[Atom]:
    """Yield the atoms of text[start:end] in order; they do not overlap."""
    for found in _ATOM.finditer(text, start, len(text) if end is None else end):
        yield Atom(_BY_GROUP[found.lastgroup or ""], found.start(), found.end())


_BY_GROUP = {kind.name: kind for kind in AtomClass} | {"CJK_NEGATION": AtomClass.NEGATION}
