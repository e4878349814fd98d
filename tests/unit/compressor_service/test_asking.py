"""Questions, wishes and instructions."""

import pytest

from compressor_service.asking import asks, instructs


@pytest.mark.parametrize(
    "sentence",
    [
        "What is the fee?",
        "2. Who pays?",
        "what is the fee",
        "Summarise the report in three sentences.",
        "Please explain the second step.",
        "Based on the text above, list all dates.",
        "I would like to know who signed",
        "Could you tell me who signed.",
        "Review the following contract:",
        "Check this code for errors.",
        "Wie hoch ist die Gebühr?",
        "Fasse den Text zusammen.",
        "Bitte nenne die drei Gründe.",
        "Pouvez-vous traduire ce passage.",
        "Explica el segundo párrafo.",
        "売上はいくらですか",
        "请总结这篇文章。",
    ],
)
def test_what_is_put_to_the_model_asks(sentence: str) -> None:
    """Questions with and without a mark, wishes and instructions in several languages."""
    assert asks(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The fee is 5 euros.",
        "Report any incident to the security desk.",
        "Return the form by Friday.",
        "Use the left door.",
        "Which of the two is taken depends on the weather.",
        "Here is the report:",
        "I will ask about it.",
        "Die Frist beträgt 14 Tage.",
        "",
        "- ",
    ],
)
def test_what_a_document_says_does_not_ask(sentence: str) -> None:
    """Statements, and instructions to a document's reader, are material."""
    assert not asks(sentence)


def test_an_instruction_is_told_from_a_question() -> None:
    """Only wishes and imperatives instruct."""
    assert instructs("Please translate it.")
    assert not instructs("Who wrote it?")
