"""The stand-ins' reader cuts texts where a person would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.providers.sentences import Kind, split_units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs approx. 4 euros, e.g. at Dr. Wolf's.", ["It costs approx. 4 euros, e.g. at Dr. Wolf's."]),
        (
            "Bis zum 3. Mai 2026 gilt z. B. Nr. 4. Danach nicht.",
            ["Bis zum 3. Mai 2026 gilt z. B. Nr. 4.", "Danach nicht."],
        ),
        ("Version 2.13.0 is out. Use it.", ["Version 2.13.0 is out.", "Use it."]),
        ("- first\n- second\n2. third", ["first", "second", "third"]),
        ("| a | b |\n| - | - |\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("", []),
        ("---\n```\n", []),
    ],
)
def test_units(text: str, units: list[str]) -> None:
    """Sentences end at end marks that are not abbreviations or dates; list marks and rules fall away."""
    assert [u.text for u in split_units(text)] == units


def test_wrapped_lines_are_joined() -> None:
    """A sentence that an editor wrapped is one unit."""
    text = "The warranty on all heating elements lasts for a period\nof ten years."
    assert [u.text for u in split_units(text)] == [
        "The warranty on all heating elements lasts for a period of ten years."
    ]


def test_kinds() -> None:
    """Headings and questions are known as such."""
    kinds = [u.kind for u in split_units("# Scope\nWho may apply?\nEverybody.\nNot covered:\n")]
    assert kinds == [Kind.HEADING, Kind.QUESTION, Kind.SENTENCE, Kind.HEADING]


@given(st.text(max_size=400))
def test_units_hold_the_text(text: str) -> None:
    """Every unit's words stand in the text in this order, and no unit is empty."""
    flat = " ".join(text.split())
    for unit in split_units(text):
        assert unit.text.strip()
        assert " ".join(unit.text.split()) in flat
