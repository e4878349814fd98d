"""Tests of reading data sets."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pith_cli.eval.samples import AnswerSample, MeetingSample, SampleError, Scenario, SupportSample, read

ANSWER = {"context": "The mill is old.", "question": "How old?", "answers": ["old", " "], "article": "Mill", "id": "q1"}
SUPPORT = {
    "id": "h1",
    "question": "Who built it?",
    "answer": "Anna",
    "contexts": [["Mill", ["Built by Anna.", " It turns."]], ["Barn", ["Red."]]],
    "supporting_facts": [["Mill", 0], ["Barn", 0]],
}
MEETING = {
    "split": "val",
    "turns": [["Ana", "hello"], ["Ben", "the price is 4"]],
    "queries": [
        {"query": "All of it?", "kind": "general", "relevant_spans": None},
        {"query": "What price?", "kind": "specific", "relevant_spans": [[1, 1]]},
    ],
}


def _write(path: Path, *records: Any) -> Path:
    path.write_text("\n".join(record if isinstance(record, str) else json.dumps(record) for record in records) + "\n")
    return path


def test_questions_with_answers(tmp_path: Path) -> None:
    """Blank answers are no answers, and the article is what distractors go by."""
    data = read(_write(tmp_path / "a.jsonl", ANSWER))
    assert data.scenario is Scenario.KEPT
    assert data.samples[0].content == AnswerSample("The mill is old.", "How old?", ("old",), "Mill")
    assert (data.samples[0].line, data.samples[0].id) == (1, "q1")


def test_questions_over_pages(tmp_path: Path) -> None:
    """Pages keep their order, facts name title and sentence."""
    content = read(_write(tmp_path / "a.jsonl", SUPPORT)).samples[0].content
    assert content == SupportSample(
        (("Mill", ("Built by Anna.", " It turns.")), ("Barn", ("Red.",))), "Who built it?", (("Mill", 0), ("Barn", 0))
    )


def test_meetings_give_their_specific_queries(tmp_path: Path) -> None:
    """A query about the whole meeting has no part that must survive."""
    data = read(_write(tmp_path / "a.jsonl", MEETING))
    assert data.scenario is Scenario.RELEVANT
    assert [sample.content for sample in data.samples] == [
        MeetingSample((("Ana", "hello"), ("Ben", "the price is 4")), "What price?", ((1, 1),))
    ]
    assert data.samples[0].split == "val"


def test_a_packed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    """What is in the file tells, not its name; a line separator inside a text ends no line."""
    record = ANSWER | {"context": "One\u2028two."}
    plain = _write(tmp_path / "a.jsonl", record, "", record)
    packed = tmp_path / "b.data"
    packed.write_bytes(gzip.compress(json.dumps(record, ensure_ascii=False).encode()))
    assert read(packed).samples[0].content == read(plain).samples[1].content
    assert [sample.line for sample in read(plain).samples] == [1, 3]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not an object"),
        ({"context": "x", "question": "y"}, "line 2: missing key answers"),
        ({"context": "x", "answers": []}, "line 2: missing key question"),
        ({"context": "x", "question": "y", "answers": [""]}, "line 2: key answers: no answer in it"),
        ({"context": "x", "question": "y", "answers": "z"}, "line 2: key answers: not a list"),
        ({"context": 3, "question": "y", "answers": []}, "line 2: key context: not a text"),
    ],
)
def test_a_wrong_line_is_named_with_its_key(tmp_path: Path, record: Any, message: str) -> None:
    """A data set of thousands of lines must say where it is wrong."""
    with pytest.raises(SampleError, match=message):
        read(_write(tmp_path / "a.jsonl", ANSWER, record))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "x"}, "line 1: missing key context, contexts, turns"),
        (SUPPORT | {"contexts": [["only a title"]]}, "keys contexts, supporting_facts: not lists of pairs"),
        ({k: v for k, v in SUPPORT.items() if k != "answer"}, "line 1: missing key answer"),
        ({k: v for k, v in SUPPORT.items() if k != "supporting_facts"}, "line 1: missing key supporting_facts"),
        ({"turns": [["Ana"]], "queries": []}, "line 1: key turns: not a list of pairs"),
        ({"turns": []}, "line 1: missing key queries"),
        ({"turns": [], "queries": [{"query": "x"}]}, r"line 1: missing key queries\[0\].kind"),
        ({"turns": [], "queries": ["x"]}, r"line 1: key queries\[0\]: not an object"),
        (
            {"turns": [], "queries": [{"query": "x", "kind": "specific", "relevant_spans": None}]},
            "relevant_spans: not a list of pairs of numbers",
        ),
        ({"turns": [], "queries": []}, "no questions in it"),
    ],
)
def test_every_format_says_what_it_misses(tmp_path: Path, record: Any, message: str) -> None:
    """The keys of each format are checked one by one."""
    with pytest.raises(SampleError, match=message):
        read(_write(tmp_path / "a.jsonl", record))
