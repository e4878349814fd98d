"""Edits that leave a question what it was: politeness, contractions, typing errors, case, fillers, order of clauses; for training only."""

import random
import re

BEFORE = "please |hi, |hello, |hey |could you tell me: |quick question: |so, |um, |i was wondering, |i'd like to know: |excuse me, |ok |actually, |can you help? ".split(
    "|"
)
AFTER = " please| thanks| thank you|, thanks in advance| if you don't mind| please help| cheers|, any idea".split("|")
WORDINGS = [
    ("how do i ", "how can i "), ("how can i ", "what is the way to "), ("how do i ", "how would i "), ("how do i ", "what do i do to "),
    ("what is ", "what's "), ("i am ", "i'm "), ("i have ", "i've "), ("do not ", "don't "), ("cannot ", "can't "), ("can not ", "can't "),
    ("is not ", "isn't "), ("does not ", "doesn't "), ("i want to ", "i would like to "), ("i need to ", "i have to "), ("can you ", "could you "),
    ("tell me ", "let me know "), ("what's ", "what is "), ("i'm ", "i am "), ("don't ", "do not "), ("can't ", "cannot "), ("i'd ", "i would "),
    ("want to ", "wanna "), ("purchase", "buy"), ("begin", "start"), ("mobile", "phone"), ("photo", "picture"), ("show me ", "give me "),
    ("where is ", "where's "), ("when is ", "when's "), ("e-mail", "email"), ("because ", "since "), ("right now", "at the moment"),
]  # fmt: skip


def rewrite(text: str, rng: random.Random) -> str:
    """One to three edits, never the text itself when it has a letter."""
    done = text
    for edit in rng.sample([_polite, _reworded, _mistyped, _cased, _punctuated, _turned], rng.randint(1, 3)):
        done = edit(done, rng)
    return done if done != text else _polite(text, rng)


def _polite(text: str, rng: random.Random) -> str:
    bare = text.rstrip("?.! ")
    return rng.choice(BEFORE) + text if rng.random() < 0.6 else bare + rng.choice(AFTER) + text[len(bare) :]


def _reworded(text: str, rng: random.Random) -> str:
    fitting = [pair for pair in WORDINGS if pair[0] in text.lower()]
    if not fitting:
        return text
    old, new = rng.choice(fitting)
    return re.sub(re.escape(old), new, text, count=1, flags=re.IGNORECASE)


def _mistyped(text: str, rng: random.Random) -> str:
    """Two neighbours exchanged, one letter left out or doubled, inside a long word."""
    words = list(re.finditer(r"[a-z]{5,}", text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randint(word.start() + 1, word.end() - 3)
    pair = text[at : at + 2]
    return text[:at] + rng.choice([pair[::-1], pair[0], pair[0] + pair]) + text[at + 2 :]


def _cased(text: str, rng: random.Random) -> str:
    return rng.choice([text.lower(), text.upper(), text.capitalize(), text.title()])


def _punctuated(text: str, rng: random.Random) -> str:
    return (
        re.sub(r"[?.!,;']", "", text)
        if rng.random() < 0.5
        else text.rstrip("?.! ") + rng.choice(["?", "??", "!", ".", " ?", "..."])
    )


def _turned(text: str, _rng: random.Random) -> str:
    """Put a last clause first: "tell me x when y" becomes "when y, tell me x"."""
    found = re.search(r"^(.{12,}?),? (if|when|because|after|before|while) (.{8,})$", text.rstrip("?.! "), re.IGNORECASE)
    return f"{found[2]} {found[3]}, {found[1]}" if found else text
