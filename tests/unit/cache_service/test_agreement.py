"""Which answers say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.agreement import Agreement, compare, read_text

SAME, DIFFERENT, UNSURE = Agreement.SAME, Agreement.DIFFERENT, Agreement.UNSURE
CANCEL = (
    "To cancel your order, open the orders page, choose the order that you want to cancel, press Cancel order and confirm."
    " The money is returned to your card within some days."
)
CANCEL_AGAIN = (
    "You can cancel the order on the orders page: choose the order, press Cancel order and confirm it. The money is"
    " returned to the card within some days."
)
BAKE = (
    "Mix flour, water, yeast and salt, let the dough rest under a towel, shape a loaf and bake it in a hot oven until the"
    " crust is brown and sounds hollow."
)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Paris.", "paris", SAME),
        ("**Paris**", "Paris!", SAME),
        ("- Paris\n- Rome", "1. Paris\n2. Rome", SAME),
        ("Don\u2019t", "don't", SAME),
        ("Paris", "Rome", DIFFERENT),
        ("intent_a", "intent_b", DIFFERENT),
        ("banking:age_limit/1180", "banking:age_limit/1180/number/3", DIFFERENT),
        ("banking:age_limit", "banking:card_arrival", DIFFERENT),
        ("a-1", "a-2", DIFFERENT),
        ("C", "C++", DIFFERENT),
        ("5", "-5", DIFFERENT),
        ("Yes.", "No.", DIFFERENT),
        ("Yes, you can cancel it at any time.", "No, you cannot cancel it at any time.", DIFFERENT),
        (
            "Ja, das geht jederzeit und ohne weitere Kosten für Sie.",
            "Nein, das geht leider nicht mehr für Sie.",
            DIFFERENT,
        ),
        ("Paris", CANCEL, DIFFERENT),
        ("orders page", CANCEL, UNSURE),
        (CANCEL, CANCEL.upper(), SAME),
        (CANCEL, CANCEL_AGAIN, SAME),
        (CANCEL, BAKE, DIFFERENT),
        (CANCEL, "I'm sorry, but I can't help with cancelling your order on the orders page.", DIFFERENT),
        (CANCEL, CANCEL.replace("within some days", "within 5 days") + " It takes 9 days.", DIFFERENT),
        (CANCEL, CANCEL.replace("is returned", "is not returned"), DIFFERENT),
        ("", "Paris", UNSURE),
        ("", "", SAME),
        ("🙂", "🙁", UNSURE),
    ],
)
def test_answers_compare(one: str, other: str, expected: Agreement) -> None:
    """In both orders."""
    assert compare(read_text(one), read_text(other)) is expected
    assert compare(read_text(other), read_text(one)) is expected


def test_long_answers_that_differ_in_a_detail_teach_nothing() -> None:
    """A free wording brings numbers of its own along."""
    one = f"{CANCEL} {BAKE} {CANCEL_AGAIN}"
    other = f"{one} It usually takes 3 days."
    assert compare(read_text(one), read_text(other)) is UNSURE


@given(st.text(max_size=200))
def test_every_answer_is_the_same_as_itself(text: str) -> None:
    """Whatever is in it."""
    assert compare(read_text(text), read_text(text)) is SAME


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_order_does_not_matter(one: str, other: str) -> None:
    """And nothing breaks it."""
    assert compare(read_text(one), read_text(other)) is compare(read_text(other), read_text(one))
