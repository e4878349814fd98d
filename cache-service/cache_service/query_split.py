"""Tells the question of a user message from the material that it is asked about; pure.

Only the question is compared by meaning; the rest must be the same to the byte. So a wrong cut costs hits and never
mixes two documents: whatever is not surely part of the question belongs to the rest, and a message whose question
cannot be told apart is a question as a whole.
"""

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

# Without a marker, a message must hold this much before its last paragraph asks, and more where no blank line does.
MATERIAL_CHARS = 200
MATERIAL_CHARS_UNPARTED = 500
# A question without a marker is not longer; what precedes in its paragraph is looked at no further than this.
TAIL_CHARS = 1000
# A message with more labels than this is a list, in which no single one asks.
MAX_LABELS = 500
# Longer messages are not cut: reading them would hold up others.
MAX_CHARS = 400_000

_OF_WHOM = r"(?:(?:user(?:'s)?|customer(?:'s)?|my|the|current|new|final|actual|input|meine|die|aktuelle|neue)[ _-])?"
_ASK = _OF_WHOM + r"(?:question|query|q|(?:nutzer|benutzer|kunden)?frage|pregunta|domanda|pergunta|vraag)"
_ANSWER = r"(?:the |your |final )?(?:answer|a|response|output|antwort|réponse|respuesta|risposta|resposta|antwoord)"
_MATERIAL = (
    r"(?:context|document|documents|text|passage|passages|article|background|sources?|search results|transcript|content|data"
    r"|input|excerpt|report|notes|e-?mail|examples?|instructions?|task|rules|kontext|dokumente?|hintergrund|artikel|quellen?"
    r"|auszug|bericht|notizen|beispiele?|anweisung(?:en)?|aufgabe|contexte|contexto|contesto|texte|texto|testo)"
)
_LABEL = re.compile(
    rf"\n[ \t>#*_-]{{0,12}}+(?:(?P<ask>{_ASK})|(?P<answer>{_ANSWER})|{_MATERIAL})[ \t]?\d{{0,3}}[*_]{{0,3}}[ \t]?[:：][*_]{{0,3}}"  # noqa: RUF001
    rf"|\n#{{1,6}}[ \t]{{1,3}}(?P<heading>{_ASK})[ \t\r]{{0,3}}(?=\n)",
    re.IGNORECASE,
)
_INLINE_MATERIAL = re.compile(rf"(?<!\w){_MATERIAL}[ \t]?\d{{0,3}}[*_]{{0,3}}:", re.IGNORECASE)
_TAG = re.compile(r"<(question|query|user_question|user_query|frage)>", re.IGNORECASE)
_ANSWERED_TAG = re.compile(r"<(?:answer|antwort)>\s*+(?!</)\S", re.IGNORECASE)

# What every label and tag holds; a short text without it is a question and nothing else.
_SIGN = re.compile("[:：#<]")  # noqa: RUF001
_BLANK_LINE = re.compile(r"\n[ \t\r]*+\n")
# A blank line, or a line that does not go on with the sentence before it.
_NEXT_LINE = re.compile(r"\n[ \t\r]*+\n|\n\s*+(?=[^a-zäöüß])")
# A sentence ends at its mark (not after one or two letters: "Mr."), or where a line ends and the next goes not on.
_BOUNDARY = re.compile(
    r"(?:(?<=[^\s.][^\s.][^\s.]\.)|(?<=[!?…:]))[\"'”’»)\]]{0,3}\s+(?=[^\sa-zäöüß])|(?<=[。！？])\s*|\n\s*(?=[^\sa-zäöüß])"  # noqa: RUF001
)
_QUESTION_END = re.compile(r"[?？؟][\"'”’»)\]*_]{0,4}$")  # noqa: RUF001
_LAST_MARK = re.compile(r".*[?？؟][\"'”’»)\]*_]{0,4}(?=\s)", re.DOTALL)  # noqa: RUF001
_CLOSING = re.compile(
    r"(?:thanks|thank you|thx|cheers|best|regards|please|answer|reply|respond|be |keep |use |only |no |if |danke|vielen dank|bitte"
    r"|antworte|gib |nenne nur|nur |mfg|gru(?:ß|ss)|viele grüße|wenn |falls |merci|gracias|grazie)",
    re.IGNORECASE,
)
_CLOSING_CHARS = 160
_CLOSINGS = 2
_INSTRUCTS = re.compile(
    r"(?:(?:please|kindly|now|bitte)[, ]+)?(?:summari[sz]e|explain|list|describe|write|tell|give|translate|compare|extract|identify"
    r"|answer|classify|rewrite|rephrase|outline|analy[sz]e|calculate|count|name|state|find|what|who|whom|whose|when|where|why|which"
    r"|how|is|are|does|do|did|can|fasse|fass|erkläre?|nenne?|liste|beschreibe?|schreibe?|übersetze?|vergleiche?|gib|erstelle"
    r"|beantworte|sag|zähle?|ermittle|finde|was|wer|wen|wem|wann|wo|warum|wieso|weshalb|welche[rsnm]?|wie|wieviel)\b",
    re.IGNORECASE,
)

Span = tuple[int, int]


class Split(NamedTuple):
    """What is asked, and all of the texts with None in the place of what is asked."""

    query: str
    rest: tuple[tuple[str | None, ...], ...]


def split_query(texts: Sequence[str]) -> Split:
    """The question of a message, given as the texts of its parts, and the rest of it."""
    found = _found(texts)
    if found is None:
        return Split("\n".join(texts).strip(), ((None,),) * len(texts))
    place, (start, end) = found
    text = texts[place]
    rest: list[tuple[str | None, ...]] = [(other,) for other in texts]
    rest[place] = (text[:start], None, text[end:])
    return Split(text[start:end].strip(), tuple(rest))


def _found(texts: Sequence[str]) -> tuple[int, Span] | None:
    """Which text holds the question, and where."""
    filled = [place for place, text in enumerate(texts) if text and not text.isspace()]
    if not filled or sum(map(len, texts)) > MAX_CHARS:
        return None
    alone = len(filled) == 1
    if alone and len(texts[filled[0]]) < MATERIAL_CHARS and not _SIGN.search(texts[filled[0]]):
        return None
    marked = [(place, span) for place in filled if (span := _marked(texts[place], alone=alone))]
    if len(marked) == 1:
        return marked[0]
    last = filled[-1]
    tail = None if marked else _asking_tail(texts[last], alone=alone)
    return None if tail is None else (last, tail)


def _marked(text: str, *, alone: bool) -> Span | None:
    """What stands in the one question tag or behind the one question label; None where there is none or it is unclear."""
    tags = list(islice(_TAG.finditer(text), 2))
    found = _in_tag(text, tags[0]) if len(tags) == 1 else None if tags else _behind_label(text)
    if found is None:
        return None
    outer, (start, end) = found
    if alone and not (text[: outer[0]].strip() or text[outer[1] :].strip()):
        return None  # a label and nothing else: there is no material
    return (start, end) if text[start:end].strip() else None


def _in_tag(text: str, tag: re.Match[str]) -> tuple[Span, Span] | None:
    """The tag with its closing one, and what stands between."""
    closing = re.compile(f"</{tag[1]}>", re.IGNORECASE).search(text, tag.end())
    if closing is None or _ANSWERED_TAG.search(text, closing.end()):
        return None
    return (tag.start(), closing.end()), (tag.end(), closing.start())


def _behind_label(text: str) -> tuple[Span, Span] | None:
    """The last question with its label, and without; of several only one that waits for its answer."""
    asking, following, asks = _last_ask("\n" + text)  # so that every line begins behind a line feed
    if asking is None:
        return None
    begin, limit = asking.end() - 1, len(text) if following is None else following.start() - 1
    answer = following is not None and following["answer"]
    if following is not None and answer and text[following.end() - 1 :].strip():
        return None
    if asks > 1 and not answer:
        return None
    end = _question_end(text, begin, limit)
    return (asking.start(), end), (begin, end)


def _last_ask(lines: str) -> tuple[re.Match[str] | None, re.Match[str] | None, int]:
    """The last question label, the label after it, and how many ask."""
    asking = following = None
    asks = 0
    for number, label in enumerate(_LABEL.finditer(lines)):
        if number == MAX_LABELS:
            return None, None, 0
        if label["ask"] or label["heading"]:
            asking, following, asks = label, None, asks + 1
        elif following is None:
            following = label
    return asking, following, asks


def _question_end(text: str, begin: int, limit: int) -> int:
    """Where the question that begins here ends: with its line, and if that asks, with its last question mark."""
    content = limit - len(text[begin:limit].lstrip())
    line = _NEXT_LINE.search(text, content, limit)
    end = line.start() if line else limit
    material = _INLINE_MATERIAL.search(text, content, end)
    end = material.start() if material else end
    question = text[content:end].rstrip()
    mark = None if _QUESTION_END.search(question[-8:]) else _LAST_MARK.match(question)
    return content + mark.end() if mark else end


def _asking_tail(text: str, *, alone: bool) -> Span | None:
    """The sentences at the end that ask, in the last paragraph of a message that holds material before them."""
    end = len(text.rstrip())
    window = max(0, end - TAIL_CHARS)
    tail = text[window:end]
    blanks = [blank.end() for blank in _BLANK_LINE.finditer(tail)]
    begin = blanks[-1] if blanks else 0
    labels = list(_LABEL.finditer("\n" + tail[begin:]))
    asking = _asking(tail[begin:], apart=bool(blanks) or not alone)
    if asking is None or (asking[0] == begin == 0 and window > 0):
        return None  # nothing asks, or what asks begins before what was looked at
    if any(label["ask"] or label["heading"] or label["answer"] for label in labels):
        return None  # an example, or a question that the label rule did not take
    start, stop = window + begin + asking[0], window + begin + asking[1]
    return (start, stop) if _has_material(text, start, alone=alone, parted=bool(blanks)) else None


def _has_material(text: str, start: int, *, alone: bool, parted: bool) -> bool:
    """Whether what precedes the question is more than its first words."""
    needed = 0 if not alone else MATERIAL_CHARS if parted else MATERIAL_CHARS_UNPARTED
    return start >= needed or (start > 0 and _LABEL.search("\n" + text[:start]) is not None)


def _asking(paragraph: str, *, apart: bool) -> Span | None:
    """The last sentences of a paragraph that ask; in one set apart also a single sentence that instructs."""
    ends = [found.start() for found in _BOUNDARY.finditer(paragraph)]
    starts = [0, *(found.end() for found in _BOUNDARY.finditer(paragraph))]
    pieces = list(zip(starts, [*ends, len(paragraph)], strict=True))
    last = len(pieces)
    while last > 1 and len(pieces) - last < _CLOSINGS and _closes(paragraph, pieces[last - 1]):
        last -= 1
    first = last
    while first > 0 and _QUESTION_END.search(paragraph[slice(*pieces[first - 1])]):
        first -= 1
    if first < last:
        return pieces[first][0], pieces[last - 1][1]
    return (0, len(paragraph)) if apart and len(pieces) == 1 and _INSTRUCTS.match(paragraph.lstrip()) else None


def _closes(paragraph: str, piece: Span) -> bool:
    start, end = piece
    return end - start <= _CLOSING_CHARS and paragraph[end - 1] not in "?？" and bool(_CLOSING.match(paragraph, start))  # noqa: RUF001
