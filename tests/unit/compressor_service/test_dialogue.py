"""Features of dialogues."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.dialogue import density, dialogue_features
from compressor_service.similarity import measure_similarity, silent
from fakes_relevance import passages_of, shipped

TALK = "\n".join(
    f"{name}: {said}"
    for n in range(60)
    for name, said in (
        ("Ann", "The battery of the remote is weak." if 30 <= n < 36 else f"Item {n} is settled."),
        ("Ben", "A stronger battery costs more." if 30 <= n < 36 else "Fine with me."),
    )
)


def test_the_stretch_about_the_subject_stands_out() -> None:
    """Word for word, and by kindred words."""
    passages = passages_of(TALK, "What did the group discuss about the battery?")
    columns = dialogue_features(passages, measure_similarity(passages, shipped().table))
    for name in ("window", "kindred", "kindred_near"):
        assert 55 <= int(np.argmax(columns[name])) <= 80


def test_a_speaker_who_is_named_is_known() -> None:
    """Turns around those of Ben count when the question names him."""
    passages = passages_of(TALK, "What did Ben think?")
    assert dialogue_features(passages, silent(passages))["speaker"].all()
    assert not dialogue_features(passages_of(TALK, "What was settled?"), silent(passages))["speaker"].any()


def test_a_turn_of_few_words_loses_by_its_tokens() -> None:
    """A speaker's name for one word, or a mark of a noise, is dear; a longer turn of the same speaker is not."""
    talk = "Ann: Yeah.\nBen: {vocalsound}\nAnn: The battery of the remote is weak and a stronger one costs more.\nBen: Yeah."
    worth = density(passages_of(talk, "What was said about the battery?"))
    assert worth[2] > max(worth[0], worth[1], worth[3])
    assert worth[1] < worth[0]


@given(st.lists(st.text(max_size=30), min_size=4, max_size=12), st.text(max_size=30))
def test_any_talk_has_finite_features(said: list[str], query: str) -> None:
    """One finite number a unit and feature."""
    passages = passages_of("\n".join(f"{'AB'[n % 2]}nn: {turn}" for n, turn in enumerate(said)), query)
    if passages.size:
        columns = dialogue_features(passages, measure_similarity(passages, shipped().table))
        assert set(columns) == set(shipped().dialogue.features)
        columns["density"] = density(passages)
        assert all(np.isfinite(column).all() and len(column) == passages.size for column in columns.values())
