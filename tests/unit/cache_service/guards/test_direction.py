"""The same words in other roles, and in another order that changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.direction import difference

SAME = [
    ("How do I fly from Rome to Oslo?", "How can I fly from Rome to Oslo?"),
    ("How do I fly from Rome to Oslo?", "How do I fly to Oslo from Rome?"),
    ("How do I sort a list in Python?", "In Python, how do I sort a list?"),
    ("difference between cats and dogs", "difference between dogs and cats"),
    ("Is tea or coffee better?", "Is coffee or tea better?"),
    ("Python vs Java", "Java vs Python"),
    ("Do I pay before I order?", "Do I order after I pay?"),
    ("What is the price of gold today?", "Today, what is the price of gold?"),
    ("Can Anna and Ben marry?", "Can Ben and Anna marry?"),
    ("NASA budget", "What is the budget of NASA?"),
    ("weather in Rome", "Rome weather"),
    ("fly from my house to rome", "fly from home to rome"),
]
DIFFERENT = [
    ("How do I fly from Rome to Oslo?", "How do I fly from Oslo to Rome?"),
    ("Trains to Rome from Oslo", "Which trains go from Rome to Oslo?"),
    ("convert euros to dollars", "convert dollars to euros"),
    ("How much does Anna owe Ben?", "How much does Ben owe Anna?"),
    ("Did Germany attack Poland?", "Did Poland attack Germany?"),
    ("Do I order before I pay?", "Do I order after I pay?"),
    ("Do I order before I pay?", "Do I pay before I order?"),
    ("Is gold heavier than lead?", "Is lead heavier than gold?"),
    ("Can a dog bite a snake?", "Can a snake bite a dog?"),
    ("translate from German into French", "translate from French into German"),
    ("replace milk with cream", "replace cream with milk"),
    ("use butter instead of oil", "use oil instead of butter"),
    ("send it from my brother to me", "send it from me to my brother"),
    ("can a landlord sue a tenant", "please, can a tenant sue a landlord"),
    ("fly from rome to oslo", "fly from rome to bergen"),
    ("when was Sky Media bought by Blue Group", "when was Blue Group bought by Sky Media"),
    ("eggs instead of milk", "milk instead of eggs"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_another_order_of_the_same_question_passes(one: str, other: str) -> None:
    """Parts that move as a whole and partners on an even footing do not matter."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_swapped_roles_are_vetoed(one: str, other: str) -> None:
    """Who does it to whom, what becomes what, what comes first."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


@given(st.text(max_size=80))
def test_a_text_keeps_its_own_order(text: str) -> None:
    """Nothing differs from itself."""
    assert difference(text, text) is None
