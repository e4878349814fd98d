"""Which texts mean the same without their conversation, and whenever they are asked."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.standalone import is_follow_up, is_time_bound


@pytest.mark.parametrize(
    "text",
    [
        "yes", "Yes, please!", "No.", "ok", "continue", "go on", "the second one", "The last option?", "why?", "Why not?",
        "tell me more", "and then?", "What about refunds?", "do it again", "summarize it", "explain that please",
        "the same again", "option 2", "B", "b)", "3", "No. 2", "shorter please", "in German please", "as a table", "got it",
        "for example?", "more details", "another one",
        "ja", "nein", "weiter", "das zweite", "warum?", "Und was ist mit Rabatten?", "mach weiter", "this one", "auf Deutsch",
        "kürzer", "das Gleiche", "Nummer 2", "genauer", "erklär das bitte", "ein Beispiel", "nein danke",
    ],
)  # fmt: skip
def test_follow_ups_are_known_with_and_without_a_conversation(text: str) -> None:
    """Their meaning lies in what was said before, so that nothing but the same text again may answer them."""
    assert is_follow_up(text, in_conversation=True)
    assert is_follow_up(text, in_conversation=False)


@pytest.mark.parametrize(
    "text",
    [
        "How much does it cost?", "Who wrote that?", "Is this the best one?", "Can you write that with more detail?",
        "Was kostet das denn?", "Kannst du das anders sagen?",
    ],
)  # fmt: skip
def test_a_short_pointing_question_is_one_only_in_a_conversation(text: str) -> None:
    """Without a conversation there is nothing to point at but the text itself."""
    assert is_follow_up(text, in_conversation=True)
    assert not is_follow_up(text, in_conversation=False)


@pytest.mark.parametrize(
    "text",
    [
        "How do I cancel an order?", "What is the capital of France?", "Why is the sky blue?", "Continue the story of the two bears",
        "Who is the second president of the United States?", "Explain photosynthesis", "What does yes mean in Czech?",
        "Translate good morning into French", "Give me an example of a metaphor", "Option pricing in two sentences",
        "Wie hoch ist der Eiffelturm?", "Nenne drei Flüsse in Bayern", "¿Cuál es la capital de Francia?", "Pourquoi le ciel est bleu ?",
    ],
)  # fmt: skip
def test_a_full_question_is_no_follow_up(text: str) -> None:
    """It means the same after any conversation, in any language."""
    assert not is_follow_up(text, in_conversation=True)


@pytest.mark.parametrize(
    "text",
    [
        "What is the latest version of Python?", "Who is the current president?", "What happened this week?", "News today?",
        "What time is it?", "What did we sell last month?", "Is it open now?", "Is the shop open right now?", "the newest release",
        "How many orders came in the last 3 days?", "What did I ask two hours ago?", "How long until Easter?", "Is it open next Friday?",
        "What's the weather in Berlin?", "exchange rate of dollar to euro", "What has been decided so far?", "up-to-date figures",
        "Wie ist das Wetter heute?", "Was ist der aktuelle Kurs?", "Was gibt es diese Woche?", "Wer hat gestern gewonnen?",
        "Wie spät ist es?", "Umsatz der letzten drei Monate", "Was war vor zwei Tagen?", "Wechselkurs Dollar in Euro",
        "Was hast du bisher gemacht?", "Ist nächsten Montag offen?",
    ],
)  # fmt: skip
def test_questions_bound_to_the_present_are_known(text: str) -> None:
    """Their answer changes while the text does not."""
    assert is_time_bound(text)


@pytest.mark.parametrize(
    "text",
    [
        "Do you know Knowles?", "How do I snow-proof a roof?", "Explain currency pegs", "How does alternating current work?",
        "How do I close my current account?", "What does 'today' mean?", 'Translate "right now" into French', "Guten Morgen!",
        "Was bedeutet „heute“ auf Englisch?", "Who won the war of 1812?", "What is a week?", "Where does Monday get its name from?",
        "How many days are in a year?", "Wie viele Tage hat ein Jahr?",
    ],
)  # fmt: skip
def test_words_that_only_look_like_it_are_not(text: str) -> None:
    """Parts of other words, fixed terms, and words that are quoted, not used."""
    assert not is_time_bound(text)


@given(st.text(max_size=200), st.booleans())
def test_any_text_gets_an_answer(text: str, in_conversation: bool) -> None:
    """Case and surrounding white space do not change it."""
    assert is_follow_up(text, in_conversation=in_conversation) == is_follow_up(
        f"  {text}\n", in_conversation=in_conversation
    )
    assert is_time_bound(text) == is_time_bound(f" {text} ")


@pytest.mark.parametrize("unit", ["a", " ", "last ", "'a ", "the ", "vor ", "and what about ", "what's "])
def test_long_texts_are_read_in_linear_time(unit: str) -> None:
    """Half a megabyte of the words that the rules look for costs well under a second of CPU."""
    text = unit * (500_000 // len(unit))
    began = time.process_time()
    is_follow_up(text, in_conversation=True)
    is_time_bound(text)
    assert time.process_time() - began < 2.0
