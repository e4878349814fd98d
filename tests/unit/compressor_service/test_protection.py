"""Atoms."""

import pytest
from hypothesis import given

from compressor_service.protection import AtomClass, find_atoms
from fakes_compressor import wild_texts


def atoms(text: str) -> list[tuple[str, str]]:
    """Return the class and text of every atom."""
    return [(atom.kind.name, text[atom.start : atom.end]) for atom in find_atoms(text)]


@pytest.mark.parametrize(
    ("kind", "atom"),
    [
        ("NUMBER", "$1,250.00"),
        ("NUMBER", "-3.5"),
        ("NUMBER", "12%"),
        ("NUMBER", "48 EUR"),
        ("NUMBER", "14 Tage"),
        ("NUMBER", "2024-03-15"),
        ("NUMBER", "March 5, 2024"),
        ("NUMBER", "3. Oktober 1990"),
        ("NUMBER", "10:45"),
        ("URL", "https://example.com/a?b=1"),
        ("URL", "ada@example.co.uk"),
        ("URL", "/etc/nginx/nginx.conf"),
        ("URL", "www.example.com/x"),
        ("CODE", "`a. b`"),
        ("CODE", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        ("CODE", "9f86d081884c7d659a2feaa0c55ad015"),
        ("PLACEHOLDER", "<PERSON_1>"),
        ("PLACEHOLDER", "[REDACTED]"),
        ("PLACEHOLDER", "{{customer}}"),
        ("NEGATION", "not"),
        ("NEGATION", "doesn't"),
        ("NEGATION", "unless"),
        ("NEGATION", "keine"),
        ("NEGATION", "sans"),
        ("NAME", "Ada Lovelace"),
        ("NAME", "Bank of England"),
    ],
)
def test_atoms_are_found_whole(kind: str, atom: str) -> None:
    """Every class is found with its unit, sign and parts."""
    assert (kind, atom) in atoms(f"we saw {atom} there")


def test_sentence_starts_are_no_names() -> None:
    """A capital at the start of a sentence alone makes no name."""
    assert atoms("Rain fell. Boats stayed.") == []


@given(wild_texts())
def test_atoms_are_sorted_and_disjoint(text: str) -> None:
    """Atoms never overlap, and their classes are known."""
    position = 0
    for atom in find_atoms(text):
        assert position <= atom.start < atom.end <= len(text)
        assert isinstance(atom.kind, AtomClass)
        position = atom.end
