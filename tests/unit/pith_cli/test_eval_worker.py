"""Tests of compressing and comparing."""

import pytest

from fakes_cli import DROPPED, FakeCompressor, fake_compressor
from pith_cli.eval.baselines import WordWeights
from pith_cli.eval.findings import Task
from pith_cli.eval.trials import Trial
from pith_cli.eval.worker import evaluate

TEXT = f"Anna built 3 mills.{DROPPED} And a barn."


@pytest.fixture
def fake() -> FakeCompressor:
    """A compressor that remembers what it was asked."""
    return FakeCompressor()


def _trial(**wanted: object) -> Trial:
    units = ((0, 19), (20, 38), (39, 50))
    return Trial(7, TEXT, "Who built mills?", units, **wanted)  # type: ignore[arg-type]


def test_says_what_survived_beside_the_simple_methods(fake: FakeCompressor) -> None:
    """All had the same share of the tokens."""
    with fake_compressor(fake) as address:
        task = Task(address, (0.5,), "", blind=False, weights=WordWeights([TEXT]))
        [found] = evaluate(task, [_trial(answers=("Anna",))])
    assert (found.line, found.rate, found.error, found.engine) == (7, 0.5, "", "fake")
    assert found.share == 1.0
    assert found.achieved == 0.7
    assert found.violations == ()
    names = "random_words head idf idf_caps idf_caps_smoothed random_sentences bm25".split()
    assert [name for name, _ in found.baselines] == names
    assert dict(found.baselines)["bm25"] == 1.0


def test_asks_for_the_rate_and_leaves_no_text_out(fake: FakeCompressor) -> None:
    """The question goes with the text, and no text is too short."""
    with fake_compressor(fake) as address:
        evaluate(Task(address, (0.5, 0.2), "sentences", blind=False, weights=None), [_trial(whole=((0, 19),))])
    assert [request.policy.rate for request in fake.requests] == [0.5, 0.2]
    request = fake.requests[0]
    assert (request.policy.engine, request.policy.min_tokens, request.include_spans) == ("sentences", 0, True)
    assert request.policy.HasField("min_tokens")
    assert [(segment.text, segment.query) for segment in request.segments] == [(TEXT, "Who built mills?")]


def test_a_blind_run_tells_nobody_the_question(fake: FakeCompressor) -> None:
    """Neither the compressor nor the simple methods."""
    with fake_compressor(fake) as address:
        task = Task(address, (0.5,), "", blind=True, weights=WordWeights([TEXT]))
        [found] = evaluate(task, [_trial(answers=("barn",))])
    assert fake.requests[0].segments[0].query == ""
    assert "bm25" not in dict(found.baselines)


def test_sentences_and_words_have_bm25_beside_them(fake: FakeCompressor) -> None:
    """The second sentence is dropped by the fake, whole."""
    with fake_compressor(fake) as address:
        task = Task(address, (0.5,), "", blind=False, weights=None)
        lost, half = evaluate(task, [_trial(whole=((20, 38),)), _trial(wanted=((0, 19), (20, 38)))])
    assert lost.share == 0.0
    assert half.share == pytest.approx(4 / 7)
    assert [name for name, _ in lost.baselines] == ["bm25"]


def test_a_text_with_nothing_that_must_survive_is_passed_over(fake: FakeCompressor) -> None:
    """It would count as kept by everybody."""
    with fake_compressor(fake) as address:
        assert evaluate(Task(address, (0.5,), "", blind=False, weights=None), [_trial()]) == []


def test_a_call_that_fails_is_an_error_of_its_line() -> None:
    """The run goes on."""
    [found] = evaluate(Task("127.0.0.1:1", (0.5,), "", blind=False, weights=None), [_trial(whole=((0, 19),))])
    assert found.error.startswith("UNAVAILABLE")
    assert found.line == 7
