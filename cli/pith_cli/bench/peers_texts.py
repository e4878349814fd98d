"""Makes texts with all that a tokenizer may stumble over, each different, from a seed; pure."""

import random

from pith_cli.bench.corpus import WORDS

# What a compressor meets and a vocabulary may not hold; some of it reads like a tokenizer's own marks.
_ODDITIES = (
    "17.38", "2024-03-15", "v2beta", "3rd", "1,250.00 €", "-4.5 %", "don't", "Müller's", "(see [1])", "https://x.y/z?a=1",
    "a@b.example", "<PERSON_1>", "`f(x) = x ** 2`", "if a < b: return 1", "==", "...", "?!", "😀", "naïve", "中的人", "مرحبا",
    "##s", "▁a", "[SEP]", "</s>", "[NEW3]", "[PAD]", "e\u0301", "ﬁnance", "\u00a0", "\t", "x" * 40, "№", "½",
)  # fmt: skip
_ODD_SHARE = 0.15
# The library takes a model call of full length for each.
_MAX_CONTEXTS = 4
_ENDS = (".", ".", ".", ".", "?", "!", ";", "。", " .", "\n")


def texts(count: int, seed: int, *, words: tuple[int, int] = (20, 120)) -> list[str]:
    """Return texts of between so and so many words; every tenth has ten times as many."""
    return [_text(random.Random(f"{seed}:{number}"), number, words) for number in range(count)]  # noqa: S311


def contexts(text: str) -> list[str]:
    """Take a text apart into its first paragraphs, for calls that take several contexts."""
    return [part for part in text.split("\n\n") if part.strip()][:_MAX_CONTEXTS]


def plain_texts(count: int, seed: int, *, tokens: tuple[int, int]) -> list[str]:
    """Return texts of everyday words, for timing: of so and so many tokens in a vocabulary that has the words."""
    rng = random.Random(seed)  # noqa: S311  -- made to be repeated
    return [_plain_text(rng, rng.randint(*tokens)) for _ in range(count)]


def _plain_text(rng: random.Random, tokens: int) -> str:
    sentences: list[str] = []
    while tokens > 1:
        words = [rng.choice(WORDS) for _ in range(min(tokens - 1, rng.randint(6, 16)))]
        sentences.append(" ".join([words[0].capitalize(), *words[1:]]) + ".")
        tokens -= len(words) + 1
    return " ".join(sentences)


def _text(rng: random.Random, number: int, words: tuple[int, int]) -> str:
    wanted = rng.randint(*words) * (10 if number % 10 == 9 else 1)
    parts: list[str] = []
    size = 0
    while size < wanted:
        sentence = _sentence(rng)
        parts += [sentence, rng.choice((" ", " ", " ", "  ", "\n", "\n\n", ""))]
        size += len(sentence.split())
    return "".join(parts)


def _sentence(rng: random.Random) -> str:
    words = [rng.choice(WORDS) + rng.choice(("", "", "", "s", "ed")) for _ in range(rng.randint(4, 14))]
    words = [rng.choice(_ODDITIES) if rng.random() < _ODD_SHARE else word for word in words]
    return " ".join([rng.choice(("The", words[0].capitalize())), *words]) + rng.choice(_ENDS)
