"""Makes texts that nobody has seen before, of a stated number of tokens, from a seed; pure."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

# Common words: each is one token in o200k_base and in cl100k_base, so words count as tokens.
WORDS = (
    "account address agent amount answer area balance board book branch budget building business button call case "
    "center change charge city claim class client code company contract copy cost country course credit customer data "
    "date day deal debt decision delivery demand design device district document door engine error event example "
    "exchange farm field file floor form group growth guide hand history home hospital hour house idea image income "
    "industry insurance interest island issue item job judge key land law letter level library license light line list "
    "loan machine manager market material measure meeting member memory message meter method minute model month name "
    "network news note notice number office offer officer option order owner page paper part party patient payment "
    "period person phone plan plant point policy port position power press price problem process product program "
    "project property question rate reason record region report request research result review right risk river road "
    "role room rule safety sale sample school season section sector security seller series server service session share "
    "shop signal site size source space staff stage state station status step stock store street student study subject "
    "summer supply support survey system table target task tax team term test ticket time title tool town track trade "
    "traffic train transfer travel union unit user value vehicle version village visit volume wall water week weight "
    "winter work worker year zone"
).split()
_VERBS = (
    "accepts adds allows answers applies asks brings builds buys calls carries changes checks closes covers creates "
    "follows gives holds includes keeps leaves lists makes marks meets moves needs offers opens pays plans provides "
    "raises reads receives records replaces reports requires reviews runs sends serves sets shows signs starts stops "
    "supports takes tests uses wants writes"
).split()
_LINKS = ("and the", "for the", "with the", "from the", "of the", "after the", "before the", "under the")
SENTENCES_PER_PARAGRAPH = 6


@dataclass(frozen=True)
class Document:
    """A text and a question that one of its sentences answers."""

    text: str
    question: str


def documents(tokens: int, seed: int | str) -> Iterator[Document]:
    """Yield documents without end, each different and close to the stated number of tokens."""
    for number in itertools.count():
        yield document(tokens, random.Random(f"{seed}:{tokens}:{number}"))  # noqa: S311  -- made to be repeated


def document(tokens: int, rng: random.Random) -> Document:
    """Make one document, its question asked about a sentence from its middle half."""
    sentences: list[list[str]] = []
    # A sentence's full stop is a token too.
    size = 0
    while size < tokens:
        sentences.append(_sentence(rng))
        size += len(sentences[-1]) + 1
    asked = sentences[rng.randrange(len(sentences) // 4, max(1, 3 * len(sentences) // 4) + 1) % len(sentences)]
    return Document(_paragraphs(sentences), f"What does it say about the {' '.join(asked[1:4])} and the {asked[-1]}?")


def _sentence(rng: random.Random) -> list[str]:
    """The subject, a verb, an object, and up to three additions."""
    words = ["The", rng.choice(WORDS), rng.choice(WORDS), rng.choice(_VERBS), "the", rng.choice(WORDS)]
    for _ in range(rng.randint(1, 4)):
        words += [*rng.choice(_LINKS).split(), rng.choice(WORDS), rng.choice(WORDS)]
    return words


def _paragraphs(sentences: list[list[str]]) -> str:
    lines = [" ".join(words) + "." for words in sentences]
    groups = [lines[i : i + SENTENCES_PER_PARAGRAPH] for i in range(0, len(lines), SENTENCES_PER_PARAGRAPH)]
    return "\n\n".join(" ".join(group) for group in groups)
