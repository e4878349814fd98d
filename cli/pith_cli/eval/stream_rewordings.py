"""Rewordings after which the same answer is right: benign edits, and the same request in another form; pure."""

import random
import re
from collections.abc import Callable, Sequence
from functools import cache

from pith_cli.eval.stream_facts import class_of, facts, opposite_pattern
from pith_cli.eval.stream_words import CONTRACTIONS, NUMBER_WORDS, SYNONYMS

Rewording = Callable[[str, random.Random], str | None]
_TRIES = 8
_OPENINGS = ("please", "hi,", "hello,", "hey,", "ok,", "quick question:")
_CLOSINGS = ("please", "thanks", "thank you", "if you don't mind me asking")
_LEAST_TYPO = 7
# Not where an article or "much" would no longer fit.
_PLACE = r"(?<!\ba )(?<!\ban )(?<!\bmuch )\b{}\b"
_DIGIT_WORDS = dict(zip(map(str, range(2, 13)), NUMBER_WORDS, strict=False))
_ASKED_FOR = (
    "tell|give|find|show|help|check|look|let|get|explain|set|play|book|order|add|make|send|transfer|move|pay|cancel|"
    "change|call|schedule|turn|share|put|remind|read|text|connect|list|pull|bring|locate"
)
# The beginning of a request, and other beginnings for the same: \1 is what follows.
_FORMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"(?:how (?:do|can|would|could|should) (?:i|you)|(?:tell|show) me how to) (.+)",
        (
            "what is the way to {}", "please tell me how to {}", "show me how to {}", "i need to know how to {}",
            "what do i have to do to {}", "what steps do i take to {}", "how can i {}", "could you explain how to {}",
        ),
    ),
    (
        r"what(?:'s| is) (?!the way)((?:the|my|your|a|an) .+)",
        ("tell me {}", "do you know what {1} is", "i want to know {}", "i'd like to hear {}", "please give me {}"),
    ),
    (r"tell me ((?:the|my|your) .+)", ("what is {}", "i want to know {}", "please give me {}", "could you tell me {}")),
    (
        rf"(?:can|could|would|will) you (?:please )?((?:{_ASKED_FOR})\b.+)",
        ("please {}", "i need you to {}", "i would like you to {}", "would you kindly {}", "i want you to {}"),
    ),
    (
        r"i (?:want|need|would like|wish|'d like) to (?!know\b|hear\b)(.+)",
        ("i'd love to {}", "help me {}", "can you help me {}", "i am looking to {}", "my wish is to {}"),
    ),
    (r"(?:can|may) i (.+)", ("am i able to {}", "is it possible for me to {}", "would i be able to {}")),
    (r"is it possible to (.+)", ("can i {}", "is there a way to {}", "would i be able to {}")),
    (r"where (?:can|do) i (.+)", ("in which place can i {}", "tell me where i can {}", "at what place can i {}")),
    (r"why (is|are|was|did|does|do|has|can) (.+)", ("for what reason {0}", "what is the reason: why {0}")),
    (r"do i (need|have) (.+)", ("tell me if i {0}", "i want to know whether i {0}", "will i {0}")),
    (r"when is ((?:my|the) .+)", ("tell me when {} is", "i want to know when {} is", "do you know when {} is")),
    (r"how many (.+)", ("tell me: how many {}", "i wonder how many {}", "what i want to know: how many {}")),
    (r"((?:set|play|book|order|add|make|send|transfer|move|pay|cancel|change|call|schedule|turn|share|find|show|put) .+)",
     ("please {}", "can you {}", "i want you to {}", "go ahead and {}", "i need you to {}")),
    (r"(i (?:lost|have|am|was|got|made|think|do|did|forgot|see|tried) .+)", ("my problem: {}", "here is my issue: {}")),
    (r"(my .+ (?:is|was|has|did|does|won't|will) .+)", ("it seems {}", "the thing is that {}", "i see that {}")),
)  # fmt: skip


def benign(text: str, rng: random.Random) -> str | None:
    """One or two edits of the outside: letters, punctuation, contractions, politeness, digits as words, a slip."""
    return _checked(text, rng, _CHANGES, rng.choice((1, 1, 2)))


def same_meaning(text: str, rng: random.Random) -> str | None:
    """Another form of the same request, its words kept or exchanged for words of one meaning."""
    reformed = _checked(text, rng, (_form,), 1)
    if reformed is None:
        return _checked(text, rng, (_synonym,), 2)
    if rng.random() < 0.5:
        return _checked(reformed, rng, (_synonym,), 1) or reformed
    return reformed


def _checked(text: str, rng: random.Random, changes: Sequence[Rewording], count: int) -> str | None:
    """Change a text; None when a fact would change with it, or nothing would."""
    for _ in range(_TRIES):
        edited: str = text
        for change in rng.sample(changes, min(count, len(changes))):
            edited = change(edited, rng) or edited
        if edited != text and facts(edited) == facts(text):
            return edited
    return None


def _letters(text: str, rng: random.Random) -> str:
    return rng.choice((text.lower(), text.upper(), text[:1].upper() + text[1:], text.title()))


def _punctuation(text: str, rng: random.Random) -> str:
    bare = text.rstrip(" ?.!")
    return rng.choice((f"{bare}?", f"{bare}.", f"{bare} ?", bare, f"{bare}!", f"{bare}??"))


def _spaces(text: str, rng: random.Random) -> str:
    words = text.split()
    at = rng.randrange(len(words))
    return f" {' '.join(words[:at])}  {' '.join(words[at:])}"


def _opening(text: str, rng: random.Random) -> str:
    return f"{rng.choice(_OPENINGS)} {text}"


def _closing(text: str, rng: random.Random) -> str:
    bare = text.rstrip(" ?.!")
    return f"{bare}, {rng.choice(_CLOSINGS)}"


def _contraction(text: str, rng: random.Random) -> str | None:
    both = [*CONTRACTIONS, *((long, short) for short, long in CONTRACTIONS)]
    return _exchanged(text, both, rng)


def _digits(text: str, rng: random.Random) -> str | None:
    return _exchanged(text, [*_DIGIT_WORDS.items(), *((word, digit) for digit, word in _DIGIT_WORDS.items())], rng)


def _slip(text: str, rng: random.Random) -> str | None:
    """Two letters in the midst of a long word the wrong way round; never in what decides."""
    words = [one for one in re.finditer(r"[a-z]+", text) if len(one[0]) >= _LEAST_TYPO and _is_plain(one[0])]
    if not words:
        return None
    word = rng.choice(words)
    at = word.start() + rng.randrange(2, len(word[0]) - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _is_plain(word: str) -> bool:
    return not class_of(word) and opposite_pattern().fullmatch(word) is None and not word.startswith("un")


def _synonym(text: str, rng: random.Random) -> str | None:
    return _exchanged(text, [*SYNONYMS, *((other, one) for one, other in SYNONYMS)], rng)


def _exchanged(text: str, pairs: Sequence[tuple[str, str]], rng: random.Random) -> str | None:
    lower = text.lower()
    found = [(one, other) for one, other in pairs if one in lower and _standing(one).search(text)]
    if not found:
        return None
    one, other = rng.choice(found)
    return _standing(one).sub(other, text, count=1)


@cache
def _standing(word: str) -> re.Pattern[str]:
    return re.compile(_PLACE.format(re.escape(word)), re.IGNORECASE)


def _form(text: str, rng: random.Random) -> str | None:
    bare = text.rstrip(" ?.!")
    for pattern, forms in _FORMS:
        found = re.fullmatch(pattern, bare, re.IGNORECASE)
        if found:
            rest = " ".join(group for group in found.groups() if group)
            return rng.choice(forms).replace("{1}", "{}").replace("{0}", "{}").format(rest)
    return None


_CHANGES: tuple[Rewording, ...] = (_letters, _punctuation, _spaces, _opening, _closing, _contraction, _digits, _slip)
