"""Tests of the scenarios of the eval."""

import json
from pathlib import Path
from typing import Any

from fakes_cli import FakeCompressor, fake_compressor
from pith_cli.eval import compressor
from pith_cli.eval.compressor import measure, prepare, scenarios
from pith_cli.eval.distractors import Source
from pith_cli.eval.findings import Finding
from pith_cli.eval.plan import Plan, Prepared
from pith_cli.eval.samples import Scenario
from pith_cli.eval.splits import Split


def _file(folder: Path, count: int = 30) -> Path:
    lines: list[dict[str, Any]] = [
        {
            "article": f"A{n % 3}",
            "context": f"Paragraph {n} is about mill {n}. Nobody needs this. It has {n + 2} wheels.",
            "question": f"How many wheels has mill {n}?",
            "answers": [f"{n + 2} wheels"],
        }
        for n in range(count)
    ]
    path = folder / "qa.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_a_limit_draws_the_same_questions_every_time(tmp_path: Path) -> None:
    """And not just the first ones."""
    plan = Plan(_file(tmp_path), (0.5,), limit=10)
    lines = [trial.line for trial in prepare(plan).trials]
    assert len(lines) == 10
    assert lines == sorted(lines) == [trial.line for trial in prepare(plan).trials]
    assert lines != list(range(1, 11))


def test_the_answer_stands_among_the_distractors(tmp_path: Path) -> None:
    """Two others, of other articles; alone with none."""
    trial = prepare(Plan(_file(tmp_path), (0.5,), 2)).trials[0]
    assert trial.text.count("\n\n") == 2
    assert "mill 0." in trial.text
    assert "\n\n" not in prepare(Plan(_file(tmp_path), (0.5,), 2, Source.NONE)).trials[0].text


async def test_measures_every_text_at_every_rate(tmp_path: Path) -> None:
    """Steps count the texts, and they all went to the address that was named."""
    fake, steps = FakeCompressor(), []
    with fake_compressor(fake) as address:
        plan = Plan(_file(tmp_path), (0.5, 0.2), address=address, processes=1)
        prepared = prepare(plan)
        findings = await measure(plan, prepared, steps.append)
    assert (prepared.scenario, prepared.split) == (Scenario.KEPT, Split.ALL)
    assert sum(steps) == 30
    assert len(findings) == len(fake.requests) == 60
    assert {finding.error for finding in findings} == {""}


def _finding(rate: float, **what: Any) -> Finding:
    return Finding(**{"line": 1, "rate": rate, "engine": "sentences", "achieved": rate - 0.02} | what)


def test_the_scenarios_of_the_contract() -> None:
    """One a rate, then adherence and invariants over the run."""
    plan = Plan(Path("x"), (0.5, 0.2))
    findings = [
        _finding(0.5, share=1.0, baselines=(("head", 0.0), ("bm25", 1.0))),
        _finding(0.5, share=0.0, baselines=(("head", 1.0), ("bm25", 1.0)), violations=("a", "b")),
        _finding(0.5, error="UNAVAILABLE: no", achieved=None),
        _finding(0.2, share=1.0, achieved=0.25),
    ]
    found = scenarios(plan, Prepared(Scenario.KEPT, Split.ALL, [], None), findings)
    assert [entry["name"] for entry in found] == ["kept", "kept", "adherence", "invariants"]
    first = found[0]
    assert first["params"] == {"rate": 0.5, "distractors": "other", "mode": "question", "engine": "sentences"}
    assert (first["n"], first["errors"]) == (2, 1)
    assert set(first["figures"]) == {"kept", "low", "high", "rate", "baseline.head", "baseline.bm25"}
    assert first["figures"]["kept"] == 0.5
    assert first["figures"]["rate"] == 0.48
    assert first["figures"]["baseline.bm25"] == 1.0
    assert round(found[2]["figures"]["worst"], 3) == 0.05
    assert found[3]["figures"] == {"checked": 3, "violations": 2}


def test_supporting_and_relevant_know_only_the_rate() -> None:
    """Their texts come as they are."""
    plan = Plan(Path("x"), (0.5,), blind=True, engine="tiny_onnx")
    for scenario in (Scenario.SUPPORTING, Scenario.RELEVANT):
        first = scenarios(plan, Prepared(scenario, Split.DEV, [], None), [_finding(0.5, share=0.5)])[0]
        assert (first["name"], first["params"]) == (scenario.value, {"rate": 0.5})
        assert set(first["figures"]) == {"kept", "low", "high"}


def test_a_blind_run_of_a_named_engine_says_so() -> None:
    """Those are what runs are told apart by."""
    plan = Plan(Path("x"), (0.5,), source=Source.NONE, blind=True, engine="tiny_onnx")
    params = scenarios(plan, Prepared(Scenario.KEPT, Split.ALL, [], None), [_finding(0.5)])[0]["params"]
    assert params == {"rate": 0.5, "distractors": "none", "mode": "blind", "engine": "tiny_onnx"}


def test_one_process_needs_no_other() -> None:
    """A short run must not pay for starting them."""
    with compressor._executor(1) as executor:
        assert executor.submit(len, "ab").result() == 2


async def test_sizes_are_measured_instead_of_questions(tmp_path: Path) -> None:
    """Every text at every rate, then by size and rate how well the rate was met."""
    with fake_compressor(FakeCompressor()) as address:
        plan = Plan(_file(tmp_path), (0.5, 0.2), limit=4, tokens=(10, 50), address=address)
        prepared = prepare(plan)
        findings = await measure(plan, prepared, lambda _: None)
    assert {finding.tokens for finding in findings} == {10, 50}
    assert len(findings) == 16
    found = scenarios(plan, prepared, findings)
    assert [entry["params"] for entry in found] == [
        {},
        *({"tokens": tokens, "rate": rate} for tokens in (10, 50) for rate in (0.5, 0.2)),
        {},
    ]
    assert [entry["name"] for entry in found] == ["adherence"] * 5 + ["invariants"]
    assert found[0]["n"] == 16
    assert found[1]["n"] == 4
    assert found[0]["figures"]["worst"] >= max(entry["figures"]["worst"] for entry in found[1:5])
