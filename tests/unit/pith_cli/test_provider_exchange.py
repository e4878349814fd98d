"""What the stand-ins say is decided before any wire format."""

from hypothesis import given
from hypothesis import strategies as st

from pith_cli.providers.exchange import Finish, Passage, Prompt, Role, Tool, count_tokens, input_tokens, respond

DOCUMENT = Passage(Role.USER, "The depot opens at 06:30. The gate code is 4417.")
QUESTION = Passage(Role.USER, "What is the gate code?")
SCHEMA = {
    "type": "object",
    "properties": {"order": {"type": "integer"}, "why": {"type": "string"}, "note": {"type": "string"}},
    "required": ["order", "why"],
}


def test_quotes_a_document_of_an_earlier_message() -> None:
    """The last user text asks; the texts before it are read."""
    answer = respond(Prompt((DOCUMENT, Passage(Role.ASSISTANT, "Understood."), QUESTION)))
    assert (answer.text, answer.finish) == ("The gate code is 4417.", Finish.STOP)


def test_reads_a_tool_result_after_the_question() -> None:
    """A tool result comes after the question that it serves and is read all the same."""
    prompt = Prompt((QUESTION, Passage(Role.ASSISTANT, ""), Passage(Role.TOOL, "Gate code: 9981. Old codes are void.")))
    assert respond(prompt).text == "Gate code: 9981."


def test_does_not_quote_the_system() -> None:
    """The system's rules are not a text that questions are about."""
    assert respond(Prompt((Passage(Role.SYSTEM, "The gate code is secret."), QUESTION))).text.startswith("You asked:")


def test_calls_the_tool_that_the_question_names() -> None:
    """The required arguments are filled by type."""
    tool = Tool("find_order", SCHEMA)
    answer = respond(Prompt((Passage(Role.USER, "Use find_order for 4711."),), (tool,)))
    assert answer.finish is Finish.TOOL_CALL
    assert answer.tool_call is not None
    assert answer.tool_call.arguments == {"order": 4711, "why": "Use find_order for 4711."}


def test_calls_no_tool_twice() -> None:
    """With the result there, the question is answered."""
    passages = (Passage(Role.USER, "Use find_order for 4711."), Passage(Role.TOOL, "Order 4711 left on Monday."))
    assert respond(Prompt(passages, (Tool("find_order", SCHEMA),))).text == "Order 4711 left on Monday."


def test_offered_tools_need_not_be_called() -> None:
    """Tools that the question does not name change nothing."""
    assert respond(Prompt((DOCUMENT, QUESTION), (Tool("find_order"),))).text == "The gate code is 4417."


def test_answer_is_cut_at_the_limit() -> None:
    """A limit on the answer cuts it and is given as the reason."""
    answer = respond(Prompt((DOCUMENT, QUESTION), max_tokens=2))
    assert (answer.text, answer.finish, answer.output_tokens) == ("The gate", Finish.LENGTH, 2)


@given(st.text(max_size=200), st.text(min_size=1, max_size=50))
def test_shorter_prompts_cost_no_more(text: str, more: str) -> None:
    """Input tokens never grow when a text gets shorter."""
    shorter, longer = Prompt((Passage(Role.USER, text),)), Prompt((Passage(Role.USER, text + more),))
    assert input_tokens(shorter) <= input_tokens(longer)
    assert count_tokens(text + "four" * 4) == count_tokens(text) + 4


@given(st.lists(st.tuples(st.sampled_from(Role), st.text(max_size=80)), max_size=5), st.integers(1, 20))
def test_always_answers(turns: list[tuple[Role, str]], limit: int) -> None:
    """Any prompt gets an answer whose pieces are its text, within the limit."""
    answer = respond(Prompt(tuple(Passage(role, text) for role, text in turns), max_tokens=limit))
    assert "".join(answer.pieces) == answer.text
    assert answer.output_tokens <= limit
