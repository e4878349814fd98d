"""Atoms."""

import pytest
from hypothesis import given

from compressor_service.protection import Atom, AtomClass, find_atoms, find_musts
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
        ("NEGATION", "must"),
        ("NEGATION", "MAY"),
        ("PLACEHOLDER", "[1]"),
        ("PLACEHOLDER", "[Smith 2020]"),
        ("JSON", '{"a": [1, "not"]}'),
        ("CODE", '<a href="https://x.example">'),
        ("NAME", "getUserName"),
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://x.example/2024/no/Ada now", ("URL", "https://x.example/2024/no/Ada")),
        ("for Doctors Without Borders there", ("NEGATION", "Doctors Without Borders")),
        ("on Monday May 5, 2020 there", ("NUMBER", "Monday May 5, 2020")),
        ("as [Smith 2020] says", ("PLACEHOLDER", "[Smith 2020]")),
        ("run `rm -rf /tmp/x` now", ("CODE", "`rm -rf /tmp/x`")),
    ],
)
def test_atoms_that_overlap_are_one(text: str, expected: tuple[str, str]) -> None:
    """A number in an address or a negation in a name cannot be parted from it."""
    assert atoms(text) == [expected]


def test_what_must_come_along() -> None:
    """Numbers, negations, modals, addresses, code and placeholders; names need not, and known atoms are not searched."""
    text = "We met Ada Lovelace, who must not pay $5.50 for `x` at https://x.example, says <ORG_1> [2]."
    musts = [text[start:end] for start, end in find_musts(text, 0, len(text))]
    assert musts == ["must", "not", "$5.50", "`x`", "https://x.example", "<ORG_1>", "[2]"]
    known = [Atom(AtomClass.NAME, 0, 2), Atom(AtomClass.NUMBER, 3, 6)]
    assert find_musts(text, 0, len(text), known) == [(3, 6)]


@given(wild_texts())
def test_atoms_are_sorted_and_disjoint(text: str) -> None:
    """Atoms never overlap, and their classes are known."""
    position = 0
    for atom in find_atoms(text):
        assert position <= atom.start < atom.end <= len(text)
        assert isinstance(atom.kind, AtomClass)
        position = atom.end
