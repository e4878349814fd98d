"""What a user asks for survives, wherever in the message it stands."""

import pytest

from compressor_service.policy import Policy
from fakes_compressor import PARAGRAPHS, run, user

INSTRUCTIONS = (
    "Summarise the text below in three bullet points.",
    "Translate the following article into German.",
    "Please extract all dates from the text.",
    "What does the author say about the harbour?",
    "Can you explain the second paragraph?",
    "Fasse den folgenden Text zusammen.",
    "Answer in one sentence: who built it?",
    "I want you to classify the message as spam or not spam.",
)


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
@pytest.mark.parametrize("place", [0, 6, 12])
def test_an_instruction_is_never_dropped(instruction: str, place: int) -> None:
    """At the top, in the middle and at the end of a message, at a low rate."""
    paragraphs = [*PARAGRAPHS, *PARAGRAPHS]
    paragraphs.insert(place, instruction)
    result = run([user("\n\n".join(paragraphs))], Policy(rate=0.2, min_tokens=1))
    assert instruction in result.segments[0].text
