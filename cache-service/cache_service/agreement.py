"""Says whether two answers say the same, for learning which hits are right; pure.

It is asked about live answers, of which most are worded anew each time, so it must know when it does not know: what is
UNSURE teaches nothing. Short answers (labels, ids, a few words) are the same only when they are equal.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from cache_service.guards import negation, numbers
from cache_service.guards.reading import STOP_WORDS, stem

# Answers of at most this many words are compared as they are.
SHORT_WORDS = 8
# Longer ones may differ in a number or a negation without answering another question; then nothing is learnt.
PLAIN_WORDS = 60
# Dice's coefficient of the content words, from which two longer answers are the same, and below which they differ.
SAME_FROM = 0.6
DIFFERENT_BELOW = 0.2
# Of a longer answer only the beginning is compared.
MAX_CHARS = 1_000

_MARKUP = re.compile(r"[*_`#>|~\[\]()\"'\u2018-\u201e\u00ab\u00bb]+")
_BULLETS = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+", re.MULTILINE)
_NO_WORD = re.compile(r"[^\w%€$£+/-]+|_+", re.UNICODE)
_REFUSAL = re.compile(
    r"^\W*(?:(?:i'?m|i am|we'?re|we are) (?:very |so |really )?sorry|sorry\b|i (?:can(?:'|no)?t|can not|cannot|am unable|'m unable|won'?t)\b"
    r"|i'?m (?:unable|not able)|unfortunately,? i|as an ai\b|(?:es )?tut mir leid|leider kann ich|ich kann (?:ihnen |dir )?(?:das |dabei )?nicht)",
    re.IGNORECASE,
)
# Numbers and negators in words; where these differ, the guards are asked whether that says anything.
_DETAILS = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million
    first second third half not no never none nothing without cannot don doesn isn won can't don't doesn't isn't won't except
    unless eins zwei drei vier fünf sechs sieben acht neun zehn hundert tausend nicht kein keine keinen nie niemals ohne""".split()
)
# A refusal begins with it.
REFUSAL_WITHIN = 80
_POLARITY = {"yes": "yes", "yeah": "yes", "correct": "yes", "true": "yes", "ja": "yes", "no": "no", "nope": "no"}
_POLARITY |= {"incorrect": "no", "false": "no", "nein": "no"}


class Agreement(Enum):
    """How two answers compare."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True)
class AnswerText:
    """The text of an answer, read once: as it is, in plain words, the stems of its content words, what counts and denies."""

    text: str
    plain: str
    words: int
    stems: frozenset[str]
    details: tuple[str, ...]
    refuses: bool


def read_text(text: str) -> AnswerText:
    """The text of an answer in the form in which it is compared."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    plain = " ".join(_NO_WORD.sub(" ", _MARKUP.sub(" ", _BULLETS.sub(" ", text)).casefold()).split())
    words = plain.split()
    stems = frozenset(stem(word) for word in words if word not in STOP_WORDS)
    details = tuple(sorted(word for word in words if word in _DETAILS or word[-1].isdigit()))
    refuses = _REFUSAL.search(text[:REFUSAL_WITHIN].replace("\u2019", "'")) is not None
    return AnswerText(text, plain, len(words), stems, details, refuses)


def compare(one: AnswerText, other: AnswerText) -> Agreement:
    """Whether two answers say the same, something else, or cannot be told apart from either."""
    if not one.plain or not other.plain:
        return Agreement.SAME if one.text.strip() == other.text.strip() else Agreement.UNSURE
    if one.plain == other.plain:
        return Agreement.SAME
    if one.refuses != other.refuses or _opposed(one, other):
        return Agreement.DIFFERENT
    if min(one.words, other.words) <= SHORT_WORDS:
        return _compare_short(one, other)
    return _compare_long(one, other)


def _opposed(one: AnswerText, other: AnswerText) -> bool:
    """Whether one begins with yes and the other with no."""
    mine, theirs = (_POLARITY.get(answer.plain.split(maxsplit=1)[0]) for answer in (one, other))
    return mine is not None and theirs is not None and mine != theirs


def _compare_short(one: AnswerText, other: AnswerText) -> Agreement:
    """Short ones that are not equal differ; one that a longer answer may hold is not decided."""
    short, long = sorted((one, other), key=lambda answer: answer.words)
    if long.words <= SHORT_WORDS or not short.stems & long.stems:
        return Agreement.DIFFERENT
    return Agreement.UNSURE


def _compare_long(one: AnswerText, other: AnswerText) -> Agreement:
    differs = one.details != other.details and _differs_in_detail(one.text, other.text)
    if differs and max(one.words, other.words) <= PLAIN_WORDS:
        return Agreement.DIFFERENT
    both = len(one.stems) + len(other.stems)
    overlap = 2 * len(one.stems & other.stems) / both if both else 0.0
    if overlap < DIFFERENT_BELOW:
        return Agreement.DIFFERENT
    return Agreement.SAME if overlap >= SAME_FROM and not differs else Agreement.UNSURE


def _differs_in_detail(one: str, other: str) -> bool:
    return numbers.difference(one, other) is not None or negation.difference(one, other) is not None
