"""Reads the lines of a data set: questions with a context, questions over several pages, meetings with queries."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_PACKED = b"\x1f\x8b"


class SampleError(Exception):
    """A line is not what the format needs; says which line and key."""


class Scenario(StrEnum):
    """What is measured with a format of lines."""

    KEPT = "kept"
    SUPPORTING = "supporting"
    RELEVANT = "relevant"


@dataclass(frozen=True)
class AnswerSample:
    """A context, a question and its answers; what must survive is one of the answers."""

    context: str
    question: str
    answers: tuple[str, ...]
    article: str = ""


@dataclass(frozen=True)
class SupportSample:
    """Pages of sentences and a question; what must survive are the supporting sentences (title, number from 0)."""

    pages: tuple[tuple[str, tuple[str, ...]], ...]
    question: str
    facts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class MeetingSample:
    """The turns of a meeting and a question; what must survive are the words of the relevant turns (first, last)."""

    turns: tuple[tuple[str, str], ...]
    question: str
    relevant: tuple[tuple[int, int], ...]


Content = AnswerSample | SupportSample | MeetingSample


@dataclass(frozen=True)
class Sample:
    """One question of a data set, the line it comes from, and what a split goes by."""

    line: int
    content: Content
    id: str = ""
    split: str = ""


@dataclass(frozen=True)
class DataSet:
    """The questions of a file, all of one format."""

    scenario: Scenario
    samples: tuple[Sample, ...]


def read(path: Path) -> DataSet:
    """Read a file of lines, packed with gzip or plain; the keys of the first line tell the format."""
    samples: list[Sample] = []
    scenario: Scenario | None = None
    for number, record in _records(path):
        scenario = scenario or _scenario(record, number)
        id_, split = str(record.get("id", "")), str(record.get("split") or "")
        samples += [Sample(number, content, id_, split) for content in _READERS[scenario](record, number)]
    if scenario is None or not samples:
        raise SampleError(f"{path}: no questions in it")
    return DataSet(scenario, tuple(samples))


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if data.startswith(_PACKED) else data).decode("utf-8")
    # Not splitlines: JSON may hold other line separators than \n.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise SampleError(f"line {number}: not JSON: {error}") from None
        if not isinstance(record, dict):
            raise SampleError(f"line {number}: not an object")
        yield number, record


def _scenario(record: dict[str, Any], line: int) -> Scenario:
    for key, scenario in _KEY_OF_FORMAT.items():
        if key in record:
            return scenario
    raise SampleError(f"line {line}: missing key {', '.join(_KEY_OF_FORMAT)}: one of them tells the format")


def _need(record: dict[str, Any], line: int, key: str, kind: type) -> Any:
    if key not in record:
        raise SampleError(f"line {line}: missing key {key}")
    if not isinstance(record[key], kind):
        raise SampleError(f"line {line}: key {key}: not a {'text' if kind is str else 'list'}")
    return record[key]


def _answer_sample(record: dict[str, Any], line: int) -> Iterator[AnswerSample]:
    context, question = _need(record, line, "context", str), _need(record, line, "question", str)
    answers = tuple(str(answer) for answer in _need(record, line, "answers", list) if str(answer).strip())
    if not answers:
        raise SampleError(f"line {line}: key answers: no answer in it")
    yield AnswerSample(context, question, answers, str(record.get("article") or ""))


def _support_sample(record: dict[str, Any], line: int) -> Iterator[SupportSample]:
    question = _need(record, line, "question", str)
    _need(record, line, "answer", str)
    pages, facts = _need(record, line, "contexts", list), _need(record, line, "supporting_facts", list)
    try:
        found = SupportSample(
            tuple((str(title), tuple(str(sentence) for sentence in sentences)) for title, sentences in pages),
            question,
            tuple((str(title), int(number)) for title, number in facts),
        )
    except (TypeError, ValueError):
        raise SampleError(f"line {line}: keys contexts, supporting_facts: not lists of pairs") from None
    yield found


def _meeting_samples(record: dict[str, Any], line: int) -> Iterator[MeetingSample]:
    turns, queries = _need(record, line, "turns", list), _need(record, line, "queries", list)
    try:
        spoken = tuple((str(speaker), str(text)) for speaker, text in turns)
    except (TypeError, ValueError):
        raise SampleError(f"line {line}: key turns: not a list of pairs") from None
    for number, query in enumerate(queries):
        where = f"queries[{number}]"
        if not isinstance(query, dict):
            raise SampleError(f"line {line}: key {where}: not an object")
        absent = [key for key in ("query", "kind", "relevant_spans") if key not in query]
        if absent:
            raise SampleError(f"line {line}: missing key {where}.{absent[0]}")
        if query["kind"] == "specific":
            yield MeetingSample(spoken, str(query["query"]), _ranges(query["relevant_spans"], line, where))


def _ranges(spans: Any, line: int, where: str) -> tuple[tuple[int, int], ...]:
    try:
        return tuple((int(first), int(last)) for first, last in spans)
    except (TypeError, ValueError):
        raise SampleError(f"line {line}: key {where}.relevant_spans: not a list of pairs of numbers") from None


_KEY_OF_FORMAT = {"context": Scenario.KEPT, "contexts": Scenario.SUPPORTING, "turns": Scenario.RELEVANT}
_READERS: dict[Scenario, Callable[[dict[str, Any], int], Iterator[Content]]] = {
    Scenario.KEPT: _answer_sample,
    Scenario.SUPPORTING: _support_sample,
    Scenario.RELEVANT: _meeting_samples,
}
