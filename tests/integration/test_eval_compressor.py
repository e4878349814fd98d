"""Runs `pith eval compressor` on a real service."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from pith_cli.main import app

_TOPICS = "anchor barrel candle dial easel flute goblet hammer inkwell jar kettle lantern mirror needle oven".split()
_FILLER = (
    "Visitors come on most afternoons and stay for an hour or two. "
    "The rooms are swept in the morning, and the windows are opened when the air is mild. "
    "A cat sleeps on the stairs and is fed by the neighbours. "
)


def _lines() -> list[dict[str, Any]]:
    """Twenty questions about things in a house, each answered by one sentence."""
    return [
        {
            "article": f"House {n % 4}",
            "context": f"{_FILLER}The {topic} of room {n} weighs {30 + n} grams and was made in Graz. {_FILLER}",
            "question": f"How much does the {topic} of room {n} weigh?",
            "answers": [f"{30 + n} grams"],
        }
        for n, topic in enumerate([*_TOPICS, *_TOPICS[:5]])
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an eval of the sample wrote."""
    folder = tmp_path_factory.mktemp("eval")
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, _lines())))
    arguments = ["--qa", str(folder / "qa.jsonl"), "--json", str(folder / "eval.json"), "--rates", ".5,.2"]
    ended = CliRunner().invoke(app, ["eval", "compressor", *arguments])
    assert ended.exit_code == 0, ended.output
    return json.loads((folder / "eval.json").read_text())


def test_keeps_the_answers_where_chance_does_not(report: dict[str, Any]) -> None:
    """Two started services answer every question, and the simple methods have the same rate."""
    kept = [entry for entry in report["scenarios"] if entry["name"] == "kept"]
    assert [entry["params"]["rate"] for entry in kept] == [0.5, 0.2]
    for entry in kept:
        figures = entry["figures"]
        assert (entry["n"], entry["errors"]) == (20, 0)
        assert figures["low"] <= figures["kept"] <= figures["high"]
        assert figures["kept"] >= 0.9 > figures["baseline.random_words"]
        assert figures["rate"] <= entry["params"]["rate"] + 0.03
    assert kept[0]["params"]["engine"]


def test_the_receipts_hold(report: dict[str, Any]) -> None:
    """Forty replies, none with anything wrong."""
    found = {entry["name"]: entry["figures"] for entry in report["scenarios"]}
    assert found["invariants"] == {"checked": 40, "violations": 0}
    assert found["adherence"]["mean"] <= found["adherence"]["worst"] < 0.2
