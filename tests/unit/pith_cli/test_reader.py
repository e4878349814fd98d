"""The stand-ins' reader quotes the sentence that fits, and nothing that is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.providers.reader import NOT_FOUND, answer, question_weights, split_question, stem

POLICY = """# Leave

Employees receive 16 weeks of parental leave. Unused days expire on 31 March 2026.

## Expenses

Train tickets and hotel rooms are reimbursed. Parking fines and minibar bills are not reimbursed.
The canteen is on the second floor and opens at 11:30.
"""


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many weeks of parental leave does an employee receive?", "Employees receive 16 weeks of parental leave."),
        ("When do unused days expire?", "Unused days expire on 31 March 2026."),
        ("Which costs are reimbursed?", "Train tickets and hotel rooms are reimbursed."),
        ("Which costs are not reimbursed?", "Parking fines and minibar bills are not reimbursed."),
        ("When does the canteen open?", "The canteen is on the second floor and opens at 11:30."),
    ],
)
def test_quotes_the_fitting_sentence(question: str, quote: str) -> None:
    """Each question gets the one sentence that answers it, negations told apart."""
    assert answer([POLICY], question) == quote


def test_a_lost_sentence_gives_another_answer() -> None:
    """Without the sentence that holds the fact, the fact is not in the answer."""
    cut = POLICY.replace("Employees receive 16 weeks of parental leave. ", "")
    assert "16 weeks" not in answer([cut], "How many weeks of parental leave does an employee receive?")


def test_document_and_question_in_one_text() -> None:
    """A user text that brings its document is read, then asked."""
    text = f"{POLICY}\n\nQuestion: When do unused days expire?"
    assert answer([], text) == "Unused days expire on 31 March 2026."


def test_a_question_in_a_text_is_quoted_with_its_answer() -> None:
    """A question of an FAQ alone says nothing, so the sentence after it comes along."""
    faq = "Can I bring my dog?\nOnly on Fridays.\n\nIs there a shower?\nYes, in the basement."
    assert answer([faq], "May I bring a dog to work?") == "Can I bring my dog?\nOnly on Fridays."


def test_german() -> None:
    """Compounds and inflections share a stem, and an ordinal date does not end a sentence."""
    text = "Der Resturlaub verfällt am 31. März 2026. Die Werkstatt öffnet um 6 Uhr."
    assert answer([text], "Wann verfällt Resturlaub?") == "Der Resturlaub verfällt am 31. März 2026."


def test_nothing_fits() -> None:
    """A question that shares no content word with the text is not answered by chance."""
    assert answer(["The kettle is blue."], "Who won the 1954 final?") == NOT_FOUND


def test_no_context() -> None:
    """Without a text to read the answer is the question in a fixed form."""
    assert answer([], "What is a monad?") == "You asked: What is a monad?"
    assert answer(["What is a monoid?"], "What is a monad?") == "You asked: What is a monad?"
    assert answer(["What is a monoid? Use the dictionary."], "What is a monad?") == "You asked: What is a monad?"
    assert answer([], "") == NOT_FOUND


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("", "")),
        ("How are you?", ("", "How are you?")),
        ("A fact.\n\nWhy?", ("A fact.", "Why?")),
        ("Why?\n\n" + "A long fact. " * 30, (("A long fact. " * 30).strip(), "Why?")),
        ("A fact. Question: Why?", ("A fact.", "Why?")),
        ("Fact one. " * 40 + "And why? Thank you.", ("Fact one. " * 40 + "Thank you.", "And why?")),
    ],
)
def test_split_question(text: str, parts: tuple[str, str]) -> None:
    """The last paragraph asks, or a short first one, or what follows a label, or the last question of a long one."""
    assert split_question(text) == parts


@pytest.mark.parametrize(
    ("one", "other"), [("approve", "approved"), ("policies", "policy"), ("Urlaubstage", "Urlaub"), ("days", "day")]
)
def test_inflections_share_a_stem(one: str, other: str) -> None:
    """Forms of a word meet in their stem."""
    assert stem(one) == stem(other)


def test_weights() -> None:
    """Numbers weigh most, then names, then other words; function words weigh nothing."""
    weights = question_weights("Does clause 12 bind Kestrel and its supplier?")
    assert weights[stem("12")] > weights[stem("Kestrel")] > weights[stem("supplier")] > 0
    assert "does" not in weights


TEXTS = st.lists(st.text(max_size=200), max_size=4)


@given(TEXTS, st.text(max_size=200))
def test_an_answer_is_a_quotation(context: list[str], question: str) -> None:
    """Every line of an answer stands in the prompt, unless the answer is one of the two fixed forms."""
    given_text = " ".join("\n".join([*context, question]).split())
    said = answer(context, question)
    if said != NOT_FOUND and not said.startswith("You asked: "):
        assert all(" ".join(line.split()) in given_text for line in said.splitlines())
    assert said == answer(context, question)


@given(st.text(max_size=300))
def test_split_question_loses_no_word(text: str) -> None:
    """What a user text brings and what it asks together hold its words, but for a label."""
    before, question = split_question(text)
    assert set(f"{before} {question}".split()) <= set(text.split())
