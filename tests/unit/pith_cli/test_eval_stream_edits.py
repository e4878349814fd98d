"""Tests of the near misses: by construction each asks for something else."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.stream_edits import EDITS, antonym, constraint, entity, negation, number, role_swap
from pith_cli.eval.stream_facts import facts
from pith_cli.eval.streams import NEAR_MISSES

_TEXTS = (
    "how do i transfer 100 dollars from checking to savings",
    "What is the cheapest flight from Boston to Denver on May 3?",
    "i want to cancel my reservation for two people at 6 pm",
    "Why was I charged a fee when I paid with my card?",
    "which recipe should i use with milk instead of butter",
    "please turn on the lights before 10",
    "can you convert 20 usd to euros",
    "My card isn't working, who can fix it?",
)
_seeds = st.integers(0, 10_000)


def _rng(seed: int = 1) -> random.Random:
    return random.Random(seed)


def test_every_kind_has_its_edit() -> None:
    """Under the name that a stream gives it."""
    assert tuple(EDITS) == NEAR_MISSES


@given(st.sampled_from(_TEXTS), st.sampled_from(["number", "negation", "antonym", "entity", "role-swap"]), _seeds)
def test_a_near_miss_has_other_facts(text: str, kind: str, seed: int) -> None:
    """Other numbers, names, opposites, negations, or the same in another order."""
    edited = EDITS[kind](text, _rng(seed))
    assert edited is None or facts(edited) != facts(text)


@given(st.sampled_from(_TEXTS), _seeds)
def test_a_constraint_keeps_the_text_and_narrows_it(text: str, seed: int) -> None:
    """All of the words stay, others follow."""
    edited = constraint(text, _rng(seed))
    if edited is not None:
        assert edited.startswith(text.rstrip("?"))
        assert len(edited.split()) > len(text.split())


@given(st.sampled_from(_TEXTS), st.sampled_from(sorted(EDITS)), _seeds)
def test_an_edit_is_repeatable(text: str, kind: str, seed: int) -> None:
    """The same seed makes the same text."""
    assert EDITS[kind](text, _rng(seed)) == EDITS[kind](text, _rng(seed))


@given(st.text(max_size=60), st.sampled_from(sorted(EDITS)), _seeds)
def test_any_text_is_edited_or_left_alone(text: str, kind: str, seed: int) -> None:
    """Nothing breaks on what nobody would ask."""
    edited = EDITS[kind](text, _rng(seed))
    assert edited is None or edited != text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("book a flight from boston to denver", "book a flight from denver to boston"),
        ("can i use milk instead of butter", "can i use butter instead of milk"),
        ("fly to boston from denver on may 3", "fly to denver from boston on may 3"),
        ("how far is it from boston to denver", None),
        ("is it possible to take an uber to burger king", None),
    ],
)
def test_roles_are_swapped_only_where_that_matters(text: str, expected: str | None) -> None:
    """A distance is the same both ways."""
    assert role_swap(text, _rng()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i want to pay my bill", "i do not want to pay my bill"),
        ("My card isn't working", "My card is working"),
        ("what can i bring on a plane", "what can i not bring on a plane"),
        ("transfer 10 dollars", "do not transfer 10 dollars"),
        ("hello there", None),
    ],
)
def test_negations_come_and_go(text: str, expected: str | None) -> None:
    """Where there is one it goes, else the first verb gets one."""
    assert negation(text, _rng()) == expected


def test_names_stay_of_their_class_and_hours_hours() -> None:
    """A near miss is a request that somebody could make."""
    edited = entity("what is the weather in Paris", _rng())
    assert edited is not None
    assert edited.startswith("what is the weather in ")
    assert edited.split()[-1][0].isupper()
    hours = {number("wake me at 6 am", _rng(seed)) for seed in range(30)}
    assert hours <= {f"wake me at {hour} am" for hour in range(1, 13)} - {"wake me at 6 am"}
    assert number("roll over my 401k", _rng()) is None


def test_an_opposite_that_is_there_already_is_no_near_miss() -> None:
    """Of good and bad does not become bad and bad."""
    assert antonym("is the traffic bad or good", _rng()) is None
    assert antonym("what is the highest rate", _rng()) == "what is the lowest rate"
    assert antonym("set up a direct deposit", _rng()) is None
