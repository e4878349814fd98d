"""Invariants and repair."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.protection import AtomClass
from compressor_service.structure import Kind, parse
from compressor_service.units import Unit, build_units
from compressor_service.verification import Finding, add_findings, verify
from fakes_compressor import COUNTER, RECIPES


def test_counts_tell_what_was_kept_by_class() -> None:
    """Dropping a section lowers the kept counts, not the totals; a protected block counts as one."""
    units = build_units(RECIPES, parse(RECIPES), count=COUNTER.count)
    everything = {found.kind: found for found in verify(RECIPES, units, set(range(len(units)))).findings}
    assert all(found.kept == found.total for found in everything.values())
    garden = RECIPES.index("## Garden")
    upper = {index for index, unit in enumerate(units) if unit.start < garden}
    without = {found.kind: found for found in verify(RECIPES, units, upper).findings}
    assert without[AtomClass.CODE].kept == without[AtomClass.CODE].total == 1
    assert without[AtomClass.NUMBER].total == everything[AtomClass.NUMBER].total
    assert without[AtomClass.NUMBER].kept < everything[AtomClass.NUMBER].kept
    assert without[AtomClass.NEGATION].kept < everything[AtomClass.NEGATION].kept


def test_an_atom_that_would_be_cut_is_put_back() -> None:
    """Units that part a number are kept together, and the repair is counted."""
    text = "costs 12,500 euros"
    units = [Unit(0, 8, 3, 0, Kind.PROSE), Unit(8, 18, 3, 0, Kind.PROSE)]
    verified = verify(text, units, {0})
    assert verified.kept == {0, 1}
    assert verified.repaired == {1}
    assert verified.findings[0] == Finding(AtomClass.NUMBER, 1, 1, 1)


def test_a_seam_never_makes_a_new_number() -> None:
    """Where nothing stands between two units, dropping the middle must not fuse the outer ones."""
    text = "a20的年份24b"
    units = [Unit(0, 3, 1, 0, Kind.PROSE), Unit(3, 6, 1, 0, Kind.PROSE), Unit(6, 9, 1, 0, Kind.PROSE)]
    assert verify(text, units, {0, 2}).kept == {0, 1, 2}


def test_a_chain_of_seams_is_closed_at_once() -> None:
    """Where several units between two kept ones would fuse one after the other, as many as needed come back."""
    text = "ab12cd"
    units = [Unit(place, place + 1, 1, 0, Kind.PROSE) for place in range(6)]
    assert verify(text, units, {0, 5}).kept == set(range(6))


def test_what_a_unit_must_not_be_kept_without_is_put_back() -> None:
    """Missing parents come back with everything that they need themselves, once for many units."""
    text = "do not go there now"
    units = [
        Unit(0, 2, 1, 0, Kind.PROSE, parents=(1,)),
        Unit(3, 6, 1, 0, Kind.PROSE),
        Unit(7, 9, 1, 0, Kind.PROSE, parents=(1, 4)),
        Unit(10, 15, 1, 0, Kind.PROSE),
        Unit(16, 19, 1, 0, Kind.PROSE),
    ]
    verified = verify(text, units, {0, 2})
    assert verified.kept == {0, 1, 2, 4}
    assert verified.findings[0] == Finding(AtomClass.NEGATION, 1, 1)


def test_thousands_of_units_take_no_longer_than_their_number() -> None:
    """Words as units are placed in one sweep over the atoms."""
    text = "12 words not so. " * 2_000
    places = [place for place, character in enumerate(text) if character == " "]
    units = [
        Unit(first, last, 1, 0, Kind.PROSE) for first, last in zip([0, *(p + 1 for p in places)], places, strict=False)
    ]
    verified = verify(text, units, set(range(0, len(units), 2)))
    assert {found.kind: found.total for found in verified.findings} == {
        AtomClass.NUMBER: 2_000,
        AtomClass.NEGATION: 2_000,
    }


def test_findings_add_up_by_class() -> None:
    """The findings of several segments become one list in the order of the classes."""
    url, number = Finding(AtomClass.URL, 1, 0), Finding(AtomClass.NUMBER, 2, 1, 1)
    assert add_findings([url, number, url]) == (number, Finding(AtomClass.URL, 2, 0, 0))


@given(st.sets(st.integers(0, 40)))
def test_verification_only_adds(chosen: set[int]) -> None:
    """Nothing that was kept is lost, and kept never exceeds total."""
    units = build_units(RECIPES, parse(RECIPES), count=COUNTER.count)
    kept = {index for index in chosen if index < len(units)}
    verified = verify(RECIPES, units, set(kept))
    assert verified.kept >= kept
    assert verified.kept - kept == verified.repaired
    assert all(found.kept <= found.total for found in verified.findings)
