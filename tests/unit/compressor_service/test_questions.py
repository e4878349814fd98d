"""Splitting a message into what asks and what is material."""

import pytest
from hypothesis import given

from compressor_service.questions import split_message
from fakes_compressor import RECIPES, long_text, wild_texts

DOC = long_text(8)
FAQ = "# FAQ\n\n## How do I reset it?\n\nPress the button for 5 seconds.\n\n## Can I return it?\n\nYes, within 30 days."


def asked(text: str) -> list[str]:
    """Return the parts of a message that must stay."""
    return [text[start:end] for start, end in split_message(text).question]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (f"{DOC}\n\nWhen was it built?", ["When was it built?"]),
        (f"When was it built?\n\n{DOC}", ["When was it built?"]),
        (f"Answer in German.\n\n{DOC}\n\nWhen was it built?", ["Answer in German.", "When was it built?"]),
        (f"{DOC}\n\nSummarise the above.", ["Summarise the above."]),
        (f"Summarise the following text:\n\n{DOC}", ["Summarise the following text:"]),
        (f"Question: when was it built?\n\nContext:\n{DOC}", ["Question: when was it built?"]),
        (f"Context:\n{DOC}\n\nQuestion: when was it built?\nAnswer:", ["Question: when was it built?\nAnswer:"]),
        (f"<doc>\n{DOC}\n</doc>\n<question>When was it built?</question>", ["<question>When was it built?</question>"]),
        (f"{DOC}\n\nAnswer these:\n1. When?\n2. By whom?", ["Answer these:\n1. When?\n2. By whom?"]),
        (
            f"{DOC}\n\nWrite a note with these rules:\n- short\n- polite",
            ["Write a note with these rules:\n- short\n- polite"],
        ),
        (f"{DOC}\n\nCould you tell me who paid? Thanks!", ["Could you tell me who paid? Thanks!"]),
        (f"{DOC}\n\nWer hat bezahlt?", ["Wer hat bezahlt?"]),
        (f"{FAQ}\n\nHow long may I return it?", ["How long may I return it?"]),
        ("Fix this code:\n\n```python\nx = 1\n```", ["Fix this code:"]),
        ("What is the capital of France?", ["What is the capital of France?"]),
    ],
)
def test_the_asking_part_is_found(message: str, expected: list[str]) -> None:
    """At the end, at the top, at both, by label, by tag, with a list or closing words below it."""
    assert asked(message) == expected
    assert split_message(message).query == "\n".join(expected)


@pytest.mark.parametrize(
    "message", [f"{DOC}\n\nI will ask about it.", FAQ, RECIPES, DOC, f"{DOC}\n\nReport damage to the desk."]
)
def test_material_alone_asks_nothing(message: str) -> None:
    """A document has no question of its own, even when it holds questions and tells its readers what to do."""
    assert split_message(message).query == ""


def test_a_lead_in_stays_but_asks_nothing() -> None:
    """The sentence that hands over to the material is kept without being a question."""
    message = f"Here is the report:\n\n{DOC}"
    assert asked(message) == ["Here is the report:"]
    assert split_message(message).query == ""


def test_a_question_in_the_middle_stays() -> None:
    """A paragraph that does nothing but ask is kept where it stands."""
    assert asked(f"{DOC}\n\nWhen was it built?\n\n{DOC}") == ["When was it built?"]


def test_a_question_at_the_end_of_a_paragraph_takes_the_sentence_before_it_along() -> None:
    """In one long paragraph the question may lean on the sentence before it."""
    message = DOC.replace("\n\n", " ") + " It looks old. When was it built?"
    assert asked(message) == ["It looks old. When was it built?"]


def test_worked_examples_are_not_split() -> None:
    """Examples with an open answer at the end are left whole."""
    assert asked("Q: 1+1?\nA: 2\n\nQ: 2+2?\nA: 4\n\nQ: 3+3?\nA:") == []


@given(wild_texts())
def test_ranges_lie_sorted_inside_the_text(text: str) -> None:
    """Whatever the text, ranges are in order and within it, and the split depends on the text alone."""
    split = split_message(text)
    position = 0
    for start, end in split.question:
        assert position <= start < end <= len(text)
        position = end
    assert split == split_message(text)


ANSWERED = [f"How do I reset lamp {n}?\n\nPress button {n} twice and wait. It takes a minute." for n in range(5)]
INLINE = [f"**How do I reset lamp {n}?** Press button {n} twice and wait." for n in range(5)]


@pytest.mark.parametrize("entries", [ANSWERED, INLINE], ids=["answers-below", "answers-beside"])
def test_a_list_of_answered_questions_asks_nothing(entries: list[str]) -> None:
    """The first question of an FAQ is nobody's; one above the list, or below it, is the user's."""
    faq = "\n\n".join(entries)
    assert split_message(faq).query == ""
    assert split_message(f"{faq}\n\nWhich lamp is green?").query == "Which lamp is green?"
    assert split_message(f"Which lamp is green?\n\n{faq}").query == "Which lamp is green?"


@pytest.mark.parametrize(
    "lead_in", ["Please read this note.", "Read the following carefully.", "Bitte lies diesen Text."]
)
def test_a_lead_in_stays_and_asks_nothing(lead_in: str) -> None:
    """To be told to read is no question: the next user message asks."""
    text = f"{lead_in}\n\nThe mill was built in 1861. Its wheel turns twice a minute. Nobody lives there today."
    split = split_message(text)
    assert split.query == ""
    assert [text[start:end] for start, end in split.question] == [lead_in]


def test_a_lead_in_that_also_asks_is_a_question() -> None:
    """Reading and then doing something is an instruction."""
    text = "Please read the report and summarise it.\n\nThe mill was built in 1861. Its wheel turns twice a minute."
    assert split_message(text).query == "Please read the report and summarise it."
