"""Tests of texts of stated sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.samples import AnswerSample, MeetingSample, Sample, SampleError
from pith_cli.eval.sized import sized_trials

CONTEXTS = [" ".join(f"w{n}-{i}" for i in range(10 + n)) for n in range(30)]
SAMPLES = [Sample(n + 1, AnswerSample(context, "What?", ("w",))) for n, context in enumerate(CONTEXTS)]


def _count(text: str) -> int:
    return len(text.split())


@given(st.integers(1, 300), st.integers(0, 29))
def test_a_text_is_as_long_as_stated_and_repeats_nothing(tokens: int, number: int) -> None:
    """What repeats would be dropped as such; the own paragraph comes first."""
    [trial] = sized_trials([SAMPLES[number]], CONTEXTS, [tokens], count=_count)
    words = trial.text.split()
    assert len(words) == len(set(words))
    assert 0.8 * tokens - 2 <= len(words) <= tokens + 1
    assert words[0].startswith(f"w{number}-")
    assert (trial.line, trial.question, trial.tokens) == (number + 1, "What?", tokens)


def test_the_same_texts_come_every_time() -> None:
    """One of each size a question."""
    once, again = (list(sized_trials(SAMPLES[:3], CONTEXTS, [20, 90], count=_count)) for _ in range(2))
    assert once == again
    assert [(trial.line, trial.tokens) for trial in once] == [(1, 20), (1, 90), (2, 20), (2, 90), (3, 20), (3, 90)]


def test_a_data_set_that_is_too_small_gives_all_it_has() -> None:
    """Rather than repeat itself."""
    [trial] = sized_trials(SAMPLES[:1], CONTEXTS[:3], [1000], count=_count)
    assert sorted(trial.text.split("\n\n")) == sorted(CONTEXTS[:3])


def test_meetings_have_no_paragraphs() -> None:
    """The message names what is missing."""
    sample = Sample(4, MeetingSample((("A", "x"),), "?", ((0, 0),)))
    with pytest.raises(SampleError, match="line 4: missing key context"):
        list(sized_trials([sample], [], [100], count=_count))
