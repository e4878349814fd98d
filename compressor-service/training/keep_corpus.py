"""Paragraphs with the places that their questions ask for, and documents made of several of them."""

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compressor_service.engines.pieces import word_spans

SEPARATOR = "\n\n"


@dataclass
class Question:
    """What answers one question: the answer texts, and the character span of the first in its paragraph."""

    answers: tuple[str, ...]
    span: tuple[int, int]


@dataclass
class Paragraph:
    """A paragraph; `complete` when every question that was asked of it is here, so that other words are unasked."""

    text: str
    article: str
    complete: bool
    questions: list[Question] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """Paragraphs joined by a blank line; the questions with offsets in the whole text."""

    text: str
    questions: tuple[Question, ...]
    # For every paragraph its span and whether its questions are complete.
    parts: tuple[tuple[int, int, bool], ...]

    def words(self) -> list[tuple[int, int]]:
        """Return the spans of what stands between white space."""
        return word_spans(self.text)


def read_paragraphs(file: Path) -> list[Paragraph]:
    """Read a SQuAD file of the data folder, one paragraph with all of its questions each."""
    paragraphs: dict[str, Paragraph] = {}
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            known = row["article"] is not None
            paragraph = paragraphs.setdefault(
                str(row["paragraph_id"]), Paragraph(row["context"], row["article"] or "", known)
            )
            answers = tuple(answer for answer in row["answers"] if answer.strip())
            if answers:
                start = row["answer_starts"][0] if known else row["context"].find(answers[0])
                paragraph.questions.append(Question(answers, (start, start + len(answers[0]))))
    return list(paragraphs.values())


def join(paragraphs: Sequence[Paragraph]) -> Document:
    """Join paragraphs into one document."""
    questions: list[Question] = []
    parts: list[tuple[int, int, bool]] = []
    offset = 0
    for paragraph in paragraphs:
        parts.append((offset, offset + len(paragraph.text), paragraph.complete))
        for question in paragraph.questions:
            start, end = question.span
            questions.append(Question(question.answers, (start + offset, end + offset)))
        offset += len(paragraph.text) + len(SEPARATOR)
    return Document(SEPARATOR.join(paragraph.text for paragraph in paragraphs), tuple(questions), tuple(parts))


def shuffled_documents(paragraphs: Sequence[Paragraph], source: random.Random) -> Iterator[Document]:
    """Yield every paragraph once, in documents of one to ten; half of the documents keep to one article."""
    by_article = sorted(paragraphs, key=lambda paragraph: (paragraph.article, source.random()))
    runs = _runs(by_article, source)
    same = [run for run in runs if source.random() < 0.5]
    taken = {id(paragraph) for run in same for paragraph in run}
    rest = [paragraph for paragraph in paragraphs if id(paragraph) not in taken]
    source.shuffle(rest)
    documents = [*same, *_runs(rest, source)]
    source.shuffle(documents)
    yield from map(join, documents)


def _runs(paragraphs: Sequence[Paragraph], source: random.Random) -> list[Sequence[Paragraph]]:
    runs: list[Sequence[Paragraph]] = []
    first = 0
    while first < len(paragraphs):
        size = source.randint(1, 10)
        runs.append(paragraphs[first : first + size])
        first += size
    return runs


def held_out(paragraphs: Sequence[Paragraph], *, every: int = 5) -> tuple[list[Paragraph], list[Paragraph]]:
    """Part the paragraphs by article: four fifths to learn from, one fifth to tune on."""
    articles = sorted({paragraph.article for paragraph in paragraphs})
    tuning = set(articles[::every])
    return (
        [paragraph for paragraph in paragraphs if paragraph.article not in tuning],
        [paragraph for paragraph in paragraphs if paragraph.article in tuning],
    )
