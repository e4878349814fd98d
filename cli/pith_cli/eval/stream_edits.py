"""Near misses: edits after which a text asks for another answer, though hardly a word has changed; pure.

Each edit takes a text and a source of chance, and returns the other text, or None where the text does not allow it.
"""

import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from pith_cli.eval.stream_facts import class_of, name_pattern
from pith_cli.eval.stream_topics import CONSTRAINTS, topic_of
from pith_cli.eval.stream_words import NAMES, NOT_OPPOSED, NUMBER_WORDS, OPPOSITES

Edit = Callable[[str, random.Random], str | None]

# Not the digits of a name such as 401k or w2.
_DIGITS = re.compile(r"(?<![\w.,/:-])([$€£]?)(\d{1,6})(?=(?:am|pm|%|,000| (?:am|pm))?(?:[\s?.!,;]|$))", re.IGNORECASE)
_WORDS = re.compile(rf"\b(?:{'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_MOST_HOURS = 12
_YEARS = range(1900, 2101)
_COMMANDS = (
    "set play book order add remove make send transfer move pay cancel change call schedule turn share find show put "
    "remind activate close open update delete start stop give switch convert flip roll text freeze report apply connect "
    "sync read reserve check list look increase decrease raise lower clear create mark submit block disable enable"
).split()
# What is there, and what takes its place: the first that fits.
_NEGATIONS: tuple[tuple[str, str], ...] = (
    (r"\b(can)(?:no|['’])t\b", r"\1"),  # noqa: RUF001  -- what people type
    (r"\b(does|do|did|is|was|were|has|have|could|would|should)(?:n['’]t| not)\b", r"\1"),  # noqa: RUF001
    (r"\b(am|are|will|is) not\b", r"\1"),
    (r"\bi (want|need|wish) (?=to\b)", r"i do not \1 "),
    (r"\bi (?:would|'d) like (?=to\b)", "i would not like "),
    (r"^(what|which)((?: \w+)?) (can|do|does|should|could|will) (i|you|we|it|they|my \w+) ", r"\1\2 \3 \4 not "),
    (r"^(when|where|who|why) (can|do|does|should|could|will|would) (i|you|we|it|they|my \w+) ", r"\1 \2 \3 not "),
    (r"^(what|which) ([\w ]+?) (are|is) ", r"\1 \2 \3 not "),
    (r"^(who) (can|is|has|does) ", r"\1 \2 not "),
    (r"\b(my \w+) (is|was|has|will|can) ", r"\1 \2 not "),
    (rf"^(please )?({'|'.join(_COMMANDS)}) ", r"\1do not \2 "),
)
_LEAST_WORDS = 5
_ALL_NAMES = "|".join(sorted({re.escape(n) for names in NAMES.values() for n in names}, key=len, reverse=True))
_PART = rf"((?:(?:my|the|a|an) )?(?:{_ALL_NAMES})(?: accounts?)?)"
# "checking to savings", "dollars in euros", "milk before bread": the other way round it is another question.
_ROLES = re.compile(rf"\b{_PART} (before|after|instead of|rather than|over|versus|than) {_PART}\b", re.IGNORECASE)
_END = r"(?=$|[,.?!;]| (?:on|for|using|are|in|at|with|so|is|by|tomorrow|today|please|if|and|which|that|before|after)\b)"
_ONWARDS = re.compile(
    rf"\b(from|convert|swap|replace|translate|exchange|how many) ([^,]{{0,20}}?){_PART} (to|into|with|in|by) {_PART}{_END}",
    re.IGNORECASE,
)
_BACKWARDS = re.compile(rf"\b(to) (){_PART} (from) {_PART}{_END}", re.IGNORECASE)
# The same both ways.
_SYMMETRIC = re.compile(r"\b(?:how (?:far|long)|distance|difference|close)\b", re.IGNORECASE)


def number(text: str, rng: random.Random) -> str | None:
    """Another number."""
    found = list(_DIGITS.finditer(text))
    if found:
        chosen = rng.choice(found)
        return text[: chosen.start(2)] + _other_value(chosen[2], text[chosen.end() :], rng) + text[chosen.end(2) :]
    words = list(_WORDS.finditer(text))
    if not words:
        return None
    word = rng.choice(words)
    other = rng.choice([one for one in NUMBER_WORDS if one != word[0].lower()])
    return text[: word.start()] + other + text[word.end() :]


def negation(text: str, rng: random.Random) -> str | None:  # noqa: ARG001  -- every edit takes one
    """The first verb of the request negated, or its negation gone."""
    for pattern, other in _NEGATIONS:
        edited, count = re.subn(pattern, other, text, count=1, flags=re.IGNORECASE)
        if count and edited.lower() != text.lower():
            return edited
    return None


def antonym(text: str, rng: random.Random) -> str | None:
    """A word's opposite."""
    missing = [(word, other) for word, other in _BOTH_WAYS if not _standing(text, other)]
    places = [(found, other) for word, other in missing for found in _standing(text, word)]
    if not places:
        return None
    found, other = rng.choice(places)
    return text[: found.start()] + other + text[found.end() :]


def entity(text: str, rng: random.Random) -> str | None:
    """Another place, person, month, bank or thing of the same class."""
    found = list(name_pattern().finditer(text))
    if not found:
        return None
    chosen = rng.choice(found)
    present = {one[0].lower() for one in found}
    other = rng.choice([name for name in NAMES[class_of(chosen[0])] if name not in present])
    styled = other.title() if chosen[0][0].isupper() else other
    return text[: chosen.start()] + styled + text[chosen.end() :]


def role_swap(text: str, rng: random.Random) -> str | None:  # noqa: ARG001  -- every edit takes one
    """The two ends of a direction or the two sides of a comparison, the other way round."""
    found = _ordered(text)
    if found is None:
        return None
    (start, end), (other_start, other_end) = found
    one, between, other = text[start:end], text[end:other_start], text[other_start:other_end]
    return None if one.lower() == other.lower() else text[:start] + other + between + one + text[other_end:]


def constraint(text: str, rng: random.Random) -> str | None:
    """The same for some cases alone; which words narrow it depends on what it is about."""
    bare = text.rstrip(" ?.!")
    topic = topic_of(text)
    if not topic or len(bare.split()) < _LEAST_WORDS:
        return None
    return f"{bare} {rng.choice(CONSTRAINTS[topic])}{text[len(bare) :].strip()}"


def _ordered(text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    if _SYMMETRIC.search(text):
        return None
    found = _ONWARDS.search(text) or _BACKWARDS.search(text)
    if found:
        return found.span(3), found.span(5)
    found = _ROLES.search(text)
    return (found.span(1), found.span(3)) if found else None


def _other_value(digits: str, after: str, rng: random.Random) -> str:
    """A number of about the same size; of an hour, another hour."""
    value = int(digits)
    if re.match(r"\s?[ap]m\b", after, re.IGNORECASE):
        return str(rng.choice([hour for hour in range(1, _MOST_HOURS + 1) if hour != value]))
    if value in _YEARS:
        return str(value + rng.choice((-3, -2, -1, 1, 2, 3)))
    step = max(1, 10 ** (len(digits) - 1) // 2)
    return str(value + step * rng.randint(1, 6))


def _standing(text: str, word: str) -> list[re.Match[str]]:
    """Where a word stands and means what its opposite denies."""
    if word not in text.lower():
        return []
    return [found for found in _whole(word).finditer(text) if not text[: found.start()].lower().endswith(NOT_OPPOSED)]


@cache
def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b(?!-)", re.IGNORECASE)


_BOTH_WAYS = [*OPPOSITES, *((other, one) for one, other in OPPOSITES)]
EDITS: Mapping[str, Edit] = MappingProxyType(
    {
        "number": number,
        "negation": negation,
        "antonym": antonym,
        "entity": entity,
        "role-swap": role_swap,
        "constraint": constraint,
    }
)
