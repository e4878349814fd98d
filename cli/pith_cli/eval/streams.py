"""The streams and pairs that `pith eval cache` asks: reading, checking and writing them."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

# What a kind is when nobody says.
NO_KIND = "request"
NEAR_MISSES = ("number", "negation", "antonym", "entity", "role-swap", "constraint")
T = TypeVar("T")


class StreamError(Exception):
    """A file that is no stream or no pairs; the message names the line and the key."""


@dataclass(frozen=True)
class Request:
    """One request: what is asked and which answer is right; a near miss names the answer of what it imitates."""

    text: str
    answer_id: str
    kind: str = NO_KIND
    imitates: str = ""


@dataclass(frozen=True)
class Pair:
    """Two texts, and whether one answer is right for both."""

    a: str
    b: str
    same: bool
    kind: str = NO_KIND


def read_stream(path: Path) -> list[Request]:
    """Read requests in their order."""
    return _all(path, _request)


def read_pairs(path: Path) -> list[Pair]:
    """Read pairs."""
    return _all(path, _pair)


def write_stream(path: Path, requests: Iterable[Request]) -> None:
    """Write requests in the form that read_stream reads."""
    lines = (
        {"text": one.text, "answer_id": one.answer_id, "kind": one.kind, "imitates": one.imitates} for one in requests
    )
    write_lines(path, ({key: value for key, value in line.items() if value} for line in lines))


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write a JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _all(path: Path, read: Callable[[dict[str, Any], int], T]) -> list[T]:
    found = [read(record, number) for number, record in _records(path)]
    if not found:
        raise StreamError(f"{path} has no lines")
    return found


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise StreamError(f"cannot read {path}: {error}") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _object(line, number)


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise StreamError(f"line {number}: not JSON: {error}") from None
    if not isinstance(record, dict):
        raise StreamError(f"line {number}: not a JSON object")
    return record


def _request(record: dict[str, Any], number: int) -> Request:
    text, answer_id = (_text(record, key, number) for key in ("text", "answer_id"))
    kind, imitates = (_optional(record, key, number) for key in ("kind", "imitates"))
    return Request(text, answer_id, kind or NO_KIND, imitates)


def _pair(record: dict[str, Any], number: int) -> Pair:
    a, b = (_text(record, key, number) for key in ("a", "b"))
    same = record.get("same")
    if not isinstance(same, bool | int) or same not in {0, 1}:
        raise StreamError(f"line {number}: key same: must be true or false")
    return Pair(a, b, bool(same), _optional(record, "kind", number) or NO_KIND)


def _text(record: dict[str, Any], key: str, number: int) -> str:
    if key not in record:
        raise StreamError(f"line {number}: missing key {key}")
    value = record[key]
    if isinstance(value, int) and not isinstance(value, bool) and key == "answer_id":
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise StreamError(f"line {number}: key {key}: must be a text that is not empty")
    return value


def _optional(record: dict[str, Any], key: str, number: int) -> str:
    value = record.get(key, "")
    if not isinstance(value, str):
        raise StreamError(f"line {number}: key {key}: must be a text")
    return value
