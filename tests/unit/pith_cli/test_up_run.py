"""Tests of one run, without its stack."""

import io
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from pith_cli.stack_file import addresses_of
from pith_cli.up import run
from pith_cli.up.plan import StackPlan
from pith_cli.up.ports import USUAL_PORTS
from pith_cli.up.results import Row
from pith_cli.up.run_folder import RunFolder
from pith_cli.up.traffic import Expect, SampleRequest

_ROW = Row(
    "one",
    "chat",
    "acme",
    "openai",
    "gpt-4o",
    stream=False,
    cache="miss",
    expected_cache="miss",
    compression="applied",
    similarity=None,
    tokens_before=10,
    tokens_after=5,
    eligible_before=10,
    eligible_after=5,
    completion_tokens=2,
    ms=9.0,
    cache_ms=1.0,
    compression_ms=2.0,
    answer_kept=True,
    cost_without_usd=0.2,
    cost_with_usd=0.1,
)


def _sample(name: str, provider: str, cache: str = "miss") -> SampleRequest:
    body = {"model": "m", "messages": [{"role": "user", "content": name}], "stream": False}
    return SampleRequest(name, "chat", "acme", provider, "m", stream=False, body=body, expect=Expect(cache))


def _plan(out: Path) -> StackPlan:
    folder = RunFolder(out)
    folder.run.mkdir()
    return StackPlan(folder, out, USUAL_PORTS, addresses_of(USUAL_PORTS), {}, "sk-master", real=False)


def _console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=160), out


def test_stand_ins_answer_for_all_and_keys_are_only_named() -> None:
    """A key that lies around is found and not used."""
    console, out = _console()
    samples = [_sample("a", "openai"), _sample("b", "groq")]
    options = run.Options(Path("x"))
    assert run.usable(samples, options, env={"OPENAI_API_KEY": "sk-secret"}, console=console) == samples
    assert "provider keys found: OPENAI_API_KEY; not used" in out.getvalue()
    assert "sk-secret" not in out.getvalue()


def test_real_leaves_out_providers_without_a_key() -> None:
    """And says which."""
    console, out = _console()
    samples = [_sample("a", "openai"), _sample("b", "groq")]
    kept = run.usable(samples, run.Options(Path("x"), real=True), env={"OPENAI_API_KEY": "sk"}, console=console)
    assert [sample.id for sample in kept] == ["a"]
    assert "left out: anthropic, gemini, groq" in out.getvalue()


def test_what_happened_is_printed_and_written(tmp_path: Path) -> None:
    """The file holds what the table shows."""
    console, out = _console()
    assert not run.show([_ROW], _plan(tmp_path), console)
    assert json.loads((tmp_path / "run.json").read_text())["requests"] == 1
    assert "hit rate" in out.getvalue()


def test_a_missed_expectation_is_named_and_makes_the_run_fail(tmp_path: Path) -> None:
    """The request, what happened and what was expected."""
    console, out = _console()
    bad = replace(_ROW, id="two", missed=("cache miss, expected hit-exact",))
    assert run.show([_ROW, bad], _plan(tmp_path), console)
    assert "two: cache miss, expected hit-exact" in out.getvalue()
    assert "1 of 2 requests did not do what was expected" in out.getvalue()


def test_there_is_a_request_to_try_that_the_cache_knows(tmp_path: Path) -> None:
    """It is the body of an expected hit, and its key is not for everybody to read."""
    plan = _plan(tmp_path)
    run.write_try(plan, [_sample("a", "openai"), _sample("b", "openai", "hit-exact")], {"acme": "sk-pith-acme"})
    assert json.loads((plan.folder.run / "try.json").read_text())["messages"][0]["content"] == "b"
    key = plan.folder.run / "try.key"
    assert "Bearer sk-pith-acme" in key.read_text()
    assert key.stat().st_mode & 0o077 == 0


def test_without_keys_it_says_so() -> None:
    """The first line of a run on a bare machine."""
    console, out = _console()
    run.usable([], run.Options(Path("x")), env={"PATH": "/bin"}, console=console)
    assert out.getvalue() == "provider keys found: none\n"
