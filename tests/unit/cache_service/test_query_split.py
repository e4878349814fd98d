"""The question of a message is told from its material, and nothing of either is lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.query_split import MAX_CHARS, split_query

DOCUMENT = "The Eiffel Tower was built in 1889. It is 330 metres tall. Who built it is well known. " * 5
ASKED = "How tall is the tower?"
WHOLE = ((None,),)


@pytest.mark.parametrize(
    "text",
    [
        f"Context:\n{DOCUMENT}\n\nQuestion: {ASKED}",
        f"Context: {DOCUMENT}\n\nQ: {ASKED}\nA:",
        f"{DOCUMENT}\nUser question: {ASKED}\nAnswer:\n",
        f"{DOCUMENT}\n\nFrage: {ASKED}",
        f"{DOCUMENT}\n\n**Question:** {ASKED}",
        f"{DOCUMENT}\n\n> Pregunta: {ASKED}",
        f"{DOCUMENT}\r\n\r\nQuestion 1: {ASKED}\r\n",
        f"Question: {ASKED}\n\nContext:\n{DOCUMENT}",
        f"Question: {ASKED}\n\n{DOCUMENT}",
        f"Question: {ASKED}\n{DOCUMENT}",
        f"Question: {ASKED} {DOCUMENT}"[:-60],
        f"Question:\n{ASKED}\n\n{DOCUMENT}",
        f"## Question\n{ASKED}\n\n## Context\n{DOCUMENT}",
        f"<doc>{DOCUMENT}</doc>\n<question>{ASKED}</question>\n<answer>",
        f"<user_query> {ASKED} </user_query>\n{DOCUMENT}",
        f"{DOCUMENT}\n\n{ASKED}",
        f"{DOCUMENT}{DOCUMENT}{ASKED}",
        f"{DOCUMENT}\n\nUse the text above. {ASKED}",
        f"{DOCUMENT}\n\n{ASKED} Please answer in one sentence. Thanks!",
        f"{DOCUMENT}\n\nFür das Archiv: {ASKED}",
        f"Text: the tower is tall.\nQuestion: {ASKED}",
        f"Text: the tower is tall. It stands.\n\n{ASKED}",
        f"Q: Where is it?\nA: In Paris.\n\nQ: {ASKED}\nA:",
        f"Q: {ASKED}\nA:",
    ],
)
def test_the_question_is_told_apart(text: str) -> None:
    """By its label, its tag, its place at the end; of worked examples the one that waits for its answer."""
    query, rest = split_query([text])
    assert query == ASKED
    (pieces,) = rest
    before, place, after = pieces
    assert place is None
    assert f"{before}{text[len(before or '') : len(text) - len(after or '')]}{after}" == text


@pytest.mark.parametrize(
    "text",
    [
        ASKED,
        f"Question: {ASKED}",
        f"<question>{ASKED}</question>",
        DOCUMENT,
        DOCUMENT * 40,
        f"Summarise this:\n\n{DOCUMENT}",
        "I bought shoes last week and they are too small for me. Can I return them?",
        "Hi there,\n\nI bought shoes last week.\n\nCan I return them?",
        f"Q: Where is it?\nA: In Paris.\n\nQ: {ASKED}",
        f"{DOCUMENT}\n\nQ: Where is it?\nA: In Paris.\n\nQ: {ASKED}\nA: 330 metres",
        f"{DOCUMENT}\nQuestion: {ASKED}\nAnswer: 330 metres",
        f"<question>{ASKED}</question><answer>330</answer>{DOCUMENT}",
        f"<question>Where?</question>\n<question>{ASKED}</question>\n{DOCUMENT}",
        f"{DOCUMENT}\nQuestion:\nAnswer:",
        f"{DOCUMENT}\n<question></question>",
        f"{DOCUMENT}\n<question>{ASKED}",
        f"{'x' * MAX_CHARS}\nQuestion: {ASKED}",
        "",
        " \n ",
    ],
)
def test_in_doubt_the_whole_text_is_the_question(text: str) -> None:
    """No material, several questions, answered ones, unclosed tags, too long a text."""
    assert split_query([text]) == (text.strip(), WHOLE)


def test_an_instruction_at_the_end_is_a_question_too() -> None:
    """Where it stands alone in its paragraph."""
    for asked in ("Summarise the text in one sentence.", "Bitte fasse den Text zusammen", "what is the height"):
        assert split_query([f"{DOCUMENT}\n\n{asked}"]).query == asked


def test_a_document_and_a_question_in_two_parts() -> None:
    """The last part asks; the others are material, however short."""
    for asked in (ASKED, f"Question: {ASKED}", f"I wonder. {ASKED}"):
        query, (document, question) = split_query(["A tower.", asked])
        assert (query, document) == (ASKED, ("A tower.",))
        assert (asked.startswith(question[0] or ""), question[1:]) == (True, (None, ""))


def test_a_labelled_question_before_the_document() -> None:
    """The document is the rest."""
    assert split_query([f"Question: {ASKED}", DOCUMENT]) == (ASKED, (("Question:", None, ""), (DOCUMENT,)))


@pytest.mark.parametrize(
    "texts",
    [
        ["Two parts.", "And nothing that asks for anything."],
        [f"Question: {ASKED}", "Question: Where is it?"],
        ["", " "],
        [],
    ],
)
def test_parts_that_are_unclear_are_one_question(texts: list[str]) -> None:
    """As they were before."""
    assert split_query(texts) == ("\n".join(texts).strip(), ((None,),) * len(texts))


WORDS = st.sampled_from(
    [
        "Question:", "Q:", "A:", "Answer:", "Frage:", "Context:", "<question>", "</question>", "<answer>", "\n", "\n\n", " ", "? ",
        "What", "is it?", "Explain", ". ", "## Question", "\r\n", "Paris", "thanks", "ü", "\u2028", "？", "long words of a document " * 12,  # noqa: RUF001
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=25).map("".join) | st.text(max_size=60)


@given(st.lists(TEXTS, max_size=3))
def test_nothing_is_lost_and_nothing_is_said_twice(texts: list[str]) -> None:
    """Rest and question hold every text to the byte but for white space around the question."""
    query, rest = split_query(texts)
    assert len(rest) == len(texts)
    if all(pieces == (None,) for pieces in rest):
        assert query == "\n".join(texts).strip()
        return
    holders = [place for place, pieces in enumerate(rest) if None in pieces]
    (holder,) = holders
    for place, (text, pieces) in enumerate(zip(texts, rest, strict=True)):
        if place != holder:
            assert pieces == (text,)
    before, _, after = rest[holder]
    assert before is not None
    assert after is not None
    text = texts[holder]
    assert text.startswith(before)
    assert text.endswith(after)
    assert text[len(before) : len(text) - len(after)].strip() == query != ""


@given(st.lists(TEXTS, min_size=1, max_size=2), st.lists(TEXTS, min_size=1, max_size=2))
def test_two_messages_that_differ_differ_in_question_or_rest(one: list[str], other: list[str]) -> None:
    """So no document is ever taken for another one: what is not compared by meaning is compared to the byte."""
    if split_query(one) == split_query(other):
        assert "".join("".join(one).split()) == "".join("".join(other).split())


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.text(max_size=40))
def test_another_document_never_meets_the_same_rest(document: str, other: str) -> None:
    """Under a label, whatever the documents hold: their rest differs, or they are part of what is compared."""
    one, two = (split_query([f"Context: {text}\n\nQuestion: {ASKED}\nAnswer:"]) for text in (document, other))
    assert document == other or one != two


@pytest.mark.parametrize(
    "unit",
    [
        "\n", "\nq:", "<question>", "\n ", "?", "a? ", " ", "question:", "\n#### ", "\na", "context ", "<answer>   ", "\n \n", "new ",
        "\nthe ", "x" * 999 + "\nQ:",
    ],
)  # fmt: skip
def test_hostile_texts_cost_linear_time(unit: str) -> None:
    """The longest text that is looked at costs well under a second of CPU, behind a question or not."""
    for head in ("", "Q: ", "<question>a</question>"):
        text = head + unit * ((MAX_CHARS - len(head)) // len(unit))
        began = time.process_time()
        split_query([text])
        assert time.process_time() - began < 2.0


def test_two_megabytes_cost_nothing() -> None:
    """They are left whole, and exact only: no encoder reads so much."""
    began = time.process_time()
    assert split_query(["\nQ: a\nA: b" * 200_000]).rest == WHOLE
    assert time.process_time() - began < 1.0
