"""Tests of the texts that are compressed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.samples import AnswerSample, MeetingSample, SupportSample
from pith_cli.eval.trials import answer_trial, meeting_trial, sentences, support_trial, words


def test_paragraphs_are_joined_by_blank_lines() -> None:
    """The answers are what must survive, the sentences are what simple methods drop."""
    sample = AnswerSample("B two. It is 3.", "What?", ("3",))
    trial = answer_trial(4, sample, ["A one.", sample.context])
    assert trial.text == "A one.\n\nB two. It is 3."
    assert [trial.text[a:b] for a, b in trial.units] == ["A one.", "B two.", "It is 3."]
    assert (trial.line, trial.question, trial.answers) == (4, "What?", ("3",))


def test_pages_stand_under_their_titles() -> None:
    """A fact is the place of its sentence; one that does not exist is passed over."""
    sample = SupportSample(
        (("Mill", ("Built by Anna.", " It turns.")), ("Barn", ("Red.", "Old."))),
        "?",
        (("Barn", 1), ("Mill", 1), ("Barn", 7)),
    )
    trial = support_trial(1, sample)
    assert trial.text == "# Mill\nBuilt by Anna. It turns.\n\n# Barn\nRed. Old."
    assert [trial.text[a:b].strip() for a, b in trial.whole] == ["It turns.", "Old."]
    assert len(trial.units) == 4


def test_turns_stand_on_lines_after_their_speakers() -> None:
    """What must survive are the words that were said, not the names; turns beyond the end are passed over."""
    sample = MeetingSample((("Ana", "hello"), ("Ben", "the price"), ("Ana", "yes")), "?", ((1, 1), (1, 9)))
    trial = meeting_trial(1, sample)
    assert trial.text == "Ana: hello\nBen: the price\nAna: yes"
    assert [trial.text[a:b] for a, b in trial.wanted] == ["the price", "yes"]
    assert [trial.text[a:b] for a, b in trial.units] == trial.text.split("\n")


def test_an_abbreviation_may_end_a_sentence_a_decimal_may_not() -> None:
    """The simple methods cut plainly."""
    text = 'It is 3.5 m. "So?" he said.\nNext'
    assert [text[a:b] for a, b in sentences(text)] == ["It is 3.5 m.", '"So?" he said.', "Next"]


@given(st.text())
def test_sentences_and_words_are_in_order_and_hold_all_that_is_visible(text: str) -> None:
    """No word is lost between two sentences but closing marks."""
    for ranges in (sentences(text), words(text)):
        assert all(a < b for a, b in ranges)
        assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    assert "".join(text[a:b] for a, b in words(text)) == "".join(text.split())
    letters = [c for c in text if c.isalnum()]
    assert [c for a, b in sentences(text) for c in text[a:b] if c.isalnum()] == letters
