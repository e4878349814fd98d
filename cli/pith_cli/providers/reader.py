"""Answers a question by quoting the sentence of a text that fits it best; pure.

It stands where a language model would: what a compressor dropped cannot be quoted, so lost context shows as a wrong answer.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pith_cli.providers.sentences import Kind, Unit, split_units


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_FOUND = "I cannot find that in the text."

_TERM = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_LABEL = re.compile(r"(?:^|(?<=\s))(?:Question|Task|Frage|Aufgabe|Q)\s*:\s+", re.IGNORECASE)
_ASKS_FOR_NUMBER = re.compile(
    r"\b(how (?:many|much|long|often|old|far|fast|large|late|soon|high)|when|what (?:time|date|day|year|amount|percentage)"
    r"|wie ?(?:viele?|lange|oft|hoch|groß)|wann|bis wann)\b",
    re.IGNORECASE,
)
_NEGATIONS = _words(
    "not no never none nobody nothing neither nor without cannot can't don't doesn't isn't aren't won't "
    "nicht kein keine keinen keiner keinem keines nie niemals ohne"
)
_STOP_WORDS = _words(
    "a an the and or but if of in on at to for from by with as is are was were be been being am do does did have has had "
    "this that these those it its i you he she we they me him her us them my your our their his what which who whom whose "
    "when where why how there here than then so such will would can could should may might must shall about into over under "
    "please tell give name according many much long often any each every all some "
    "der die das den dem des ein eine einen einem einer eines und oder aber wenn von im in am an zu zum zur für mit auf aus "
    "bei nach ist sind war waren wird werden wurde sein hat haben hatte was wer wie wo wann warum welche welcher welches "
    "welchen es er sie wir ihr ich du man sich auch als so dass muss müssen darf dürfen kann können soll viele viel lange"
)
_SUFFIXES = ("ings", "ing", "edly", "ied", "ies", "ed", "ern", "es", "en", "er", "em", "ly", "al", "s", "e", "n", "y")
_STEM_LETTERS = 6
_SHORT_QUESTION_WORDS = 60
_WEIGHT_NUMBER = 2.0
_WEIGHT_NAME = 1.5
_WEIGHT_PLAIN = 1.0
_BONUS_NUMBER_ANSWER = 1.15
_PENALTY_OTHER_POLARITY = 0.7
_LENGTH_SHARE = 0.3


@dataclass(frozen=True)
class Candidate:
    """A sentence that may be quoted, or a heading or question with the sentence after it."""

    text: str
    terms: frozenset[str]
    length: int
    negated: bool
    has_number: bool


def answer(context: Sequence[str], user_text: str) -> str:
    """Quote the sentence of the context, or of the user text before its question, that fits the question best."""
    before, question = split_question(user_text)
    sources = [text for text in (*context, before) if not _only_asks(text)]
    candidates = [c for text in sources for c in _candidates(text)]
    if not candidates:
        return f"You asked: {question}" if question else NOT_FOUND
    scores = _scores(candidates, question)
    best = max(range(len(candidates)), key=lambda i: scores[i])
    return candidates[best].text if scores[best] > 0 else NOT_FOUND


def split_question(user_text: str) -> tuple[str, str]:
    """Split a user text into (what it brings, what it asks)."""
    text = user_text.strip()
    paragraphs = [p.strip() for p in re.split(r"\n\s*\n", text) if p.strip()]
    if not paragraphs:
        return "", ""
    chosen = _asking_paragraph(paragraphs)
    rest = paragraphs[:chosen] + paragraphs[chosen + 1 :]
    before, question = _split_paragraph(paragraphs[chosen])
    return "\n\n".join([*rest, before] if before else rest), question


def _asking_paragraph(paragraphs: Sequence[str]) -> int:
    """The last paragraph asks, unless it is long or no question while the first is a short one."""
    if _is_short_question(paragraphs[0]) and not _is_short_question(paragraphs[-1]):
        return 0
    return len(paragraphs) - 1


def _is_short_question(paragraph: str) -> bool:
    asks = "?" in paragraph or _LABEL.match(paragraph) is not None
    return asks and len(paragraph.split()) <= _SHORT_QUESTION_WORDS


def _only_asks(text: str) -> bool:
    """Earlier questions of a conversation are no source: one line that asks, with whatever it adds."""
    return "\n" not in text.strip() and _is_short_question(text)


def _split_paragraph(paragraph: str) -> tuple[str, str]:
    """Cut at the last label such as `Question:`, else keep a short paragraph whole, else take its last question."""
    labels = list(_LABEL.finditer(paragraph))
    if labels:
        return paragraph[: labels[-1].start()].strip(), paragraph[labels[-1].end() :].strip()
    if len(paragraph.split()) <= _SHORT_QUESTION_WORDS:
        return "", paragraph
    units = [u.text for u in split_units(paragraph)]
    asking = [i for i, text in enumerate(units) if text.endswith("?")] or [len(units) - 1]
    return " ".join(units[: asking[-1]] + units[asking[-1] + 1 :]), units[asking[-1]]


def _candidates(text: str) -> list[Candidate]:
    """What of a text may be quoted; a heading or question stands only with the sentence that follows it."""
    units = split_units(text)
    quotes = [_quote(units, i) for i in range(len(units))]
    return [_candidate(quote) for quote in quotes if quote]


def _quote(units: Sequence[Unit], index: int) -> str:
    unit = units[index]
    if unit.kind is Kind.SENTENCE:
        return unit.text
    follows = index + 1 < len(units) and units[index + 1].kind is Kind.SENTENCE
    return f"{unit.text}\n{units[index + 1].text}" if follows else ""


def _candidate(text: str) -> Candidate:
    words = _TERM.findall(text)
    return Candidate(
        text=text,
        terms=frozenset(stem(w) for w in words if w.lower() not in _STOP_WORDS),
        length=len(words),
        negated=any(w.lower() in _NEGATIONS for w in words),
        has_number=any(w[0].isdigit() for w in words),
    )


def _scores(candidates: Sequence[Candidate], question: str) -> list[float]:
    """Score every candidate by the rare words that it shares with the question."""
    wanted = question_weights(question)
    rarity = _rarity(candidates, wanted)
    mean_length = sum(c.length for c in candidates) / len(candidates) or 1.0
    negated = any(w.lower() in _NEGATIONS for w in _TERM.findall(question))
    asks_number = _ASKS_FOR_NUMBER.search(question) is not None
    scores = []
    for candidate in candidates:
        shared = sum(weight * rarity[term] for term, weight in wanted.items() if term in candidate.terms)
        score = shared / (1 - _LENGTH_SHARE + _LENGTH_SHARE * candidate.length / mean_length)
        score *= _BONUS_NUMBER_ANSWER if asks_number and candidate.has_number else 1.0
        scores.append(score * (1.0 if candidate.negated == negated else _PENALTY_OTHER_POLARITY))
    return scores


def _rarity(candidates: Sequence[Candidate], wanted: Iterable[str]) -> dict[str, float]:
    """The inverse document frequency of each wanted term among the candidates."""
    counts = Counter(term for c in candidates for term in c.terms)
    return {t: math.log(1 + (len(candidates) - counts[t] + 0.5) / (counts[t] + 0.5)) for t in wanted}


def question_weights(question: str) -> Mapping[str, float]:
    """Weigh the content words of a question: numbers most, then names and negations, then the rest."""
    weights: dict[str, float] = {}
    for position, word in enumerate(_TERM.findall(question)):
        if word.lower() in _STOP_WORDS:
            continue
        term = stem(word)
        weights[term] = max(weights.get(term, 0.0), _weight(word, first=position == 0))
    return weights


def _weight(word: str, *, first: bool) -> float:
    if word[0].isdigit():
        return _WEIGHT_NUMBER
    named = word[0].isupper() and not first
    return _WEIGHT_NAME if named or word.lower() in _NEGATIONS else _WEIGHT_PLAIN


def stem(word: str) -> str:
    """Cut a word to a form that its inflections share: one suffix off, doubled last letter single, six letters at most."""
    term = word.lower().replace("\u2019s", "").replace("'s", "")
    if term[:1].isdigit() or term in _NEGATIONS:
        return term
    for suffix in _SUFFIXES:
        if term.endswith(suffix) and len(term) - len(suffix) >= (3 if suffix == "s" else 4):
            term = term.removesuffix(suffix)
            break
    if len(term) > 4 and term[-1] == term[-2]:
        term = term[:-1]
    return term[:_STEM_LETTERS]
