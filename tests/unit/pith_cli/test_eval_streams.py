"""Tests of reading and writing streams and pairs."""

import gzip
import json
from pathlib import Path

import pytest

from pith_cli.eval.streams import NO_KIND, Pair, Request, StreamError, read_pairs, read_stream, write_stream


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "lines.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_stream_is_read_in_order_with_kinds_where_there_are_any(tmp_path: Path) -> None:
    """Numbers are answers too; blank lines are none."""
    path = _file(tmp_path, '{"text": "a", "answer_id": "1"}', "", '{"text": "b", "answer_id": 2, "kind": "number"}')
    assert read_stream(path) == [Request("a", "1", NO_KIND), Request("b", "2", "number")]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """With all its keys."""
    requests = [Request("Wie groß?", "1", "first"), Request("b", "1/number/1", "number", imitates="1")]
    write_stream(tmp_path / "deep" / "stream.jsonl", requests)
    assert read_stream(tmp_path / "deep" / "stream.jsonl") == requests


def test_a_packed_file_is_read_as_well(tmp_path: Path) -> None:
    """By the ending of its name."""
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"a": "x", "b": "y", "same": 1}).encode()))
    assert read_pairs(path) == [Pair("x", "y", same=True)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not a JSON object"),
        ('{"text": "a"}', "line 2: missing key answer_id"),
        ('{"text": "", "answer_id": "1"}', "line 2: key text"),
        ('{"text": "a", "answer_id": null}', "line 2: key answer_id"),
        ('{"text": "a", "answer_id": "1", "kind": 3}', "line 2: key kind"),
    ],
)
def test_a_bad_line_is_named_with_its_key(tmp_path: Path, line: str, said: str) -> None:
    """Whoever wrote the file can find it."""
    path = _file(tmp_path, '{"text": "a", "answer_id": "1"}', line)
    with pytest.raises(StreamError, match=said):
        read_stream(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [('{"a": "x", "same": true}', "missing key b"), ('{"a": "x", "b": "y", "same": "yes"}', "key same")],
)
def test_a_bad_pair_is_named_with_its_key(tmp_path: Path, line: str, said: str) -> None:
    """The same for pairs."""
    with pytest.raises(StreamError, match=f"line 1: .*{said}"):
        read_pairs(_file(tmp_path, line))


def test_a_file_that_is_missing_or_empty_is_an_error(tmp_path: Path) -> None:
    """Rather than a measurement of nothing."""
    with pytest.raises(StreamError, match="cannot read"):
        read_stream(tmp_path / "none.jsonl")
    with pytest.raises(StreamError, match="no lines"):
        read_stream(_file(tmp_path, ""))
