"""Which entries an invalidation names."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.stores import Target, TargetKind, Vector
from cache_service.stores.watermarks import Mark, Watermarks, applies
from cache_service.terms import Source
from fakes_entries import unit


@dataclass(frozen=True)
class Labels:
    """What an entry is called by."""

    tenant_id: str = "acme"
    model_group: str = "m"
    tags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


NAMED = [
    (Target(TargetKind.TENANT), Labels(), True),
    (Target(TargetKind.TENANT), Labels("umbrella"), False),
    (Target(TargetKind.ALL), Labels("umbrella"), True),
    (Target(TargetKind.MODEL_GROUP, "m"), Labels(), True),
    (Target(TargetKind.MODEL_GROUP, "n"), Labels(), False),
    (Target(TargetKind.TAG, "a"), Labels(tags=("b", "a")), True),
    (Target(TargetKind.TAG, "a"), Labels(tags=("b",)), False),
    (Target(TargetKind.SOURCE, "d"), Labels(sources=(Source("d", "1"),)), True),
    (Target(TargetKind.SOURCE, "d", "1"), Labels(sources=(Source("d", "1"),)), False),
    (Target(TargetKind.SOURCE, "d", "2"), Labels(sources=(Source("d", "1"),)), True),
    (Target(TargetKind.SOURCE, "d", "2"), Labels(sources=(Source("d"),)), True),
    (Target(TargetKind.SOURCE, "d", "2"), Labels(sources=(Source("e", "1"),)), False),
]


@pytest.mark.parametrize(("target", "entry", "named"), NAMED)
def test_a_mark_names_what_it_says(target: Target, entry: Labels, named: bool) -> None:
    """And nothing else, at and after its time."""
    marks = Watermarks([Mark("acme", target, 5.0)])
    assert [marks.touch(entry, since=since) for since in (4.0, 5.0, 5.1)] == [named, named, False]
    assert marks.name_tenant(entry.tenant_id) or not named


@pytest.mark.parametrize(
    ("vector", "named"),
    [(unit(1), True), (unit(1, 0.1), True), (unit(0, 1), False), (None, False), (unit(1)[:3], False)],
)
def test_a_neighbourhood_is_measured(vector: Vector | None, named: bool) -> None:
    """Vectors of another length are of another model."""
    target = Target(TargetKind.NEIGHBOURHOOD, vector=unit(1), min_similarity=0.9)
    marks = Watermarks([Mark("acme", target, 5.0)])
    assert marks.need_vector("acme")
    assert not marks.need_vector("umbrella")
    assert marks.touch(Labels(), since=5.0, vector=vector) == named
    assert applies(target, Labels(), vector=vector) == named


targets = st.builds(
    Target, st.sampled_from([kind for kind in TargetKind if kind not in (TargetKind.ENTRY, TargetKind.NEIGHBOURHOOD)]),
    st.sampled_from("ab"), st.sampled_from(["", "a", "b"]),
)  # fmt: skip
entries = st.builds(
    Labels, st.sampled_from(["t", "u"]), st.sampled_from("ab"), st.lists(st.sampled_from("ab")).map(tuple),
    st.lists(st.builds(Source, st.sampled_from("ab"), st.sampled_from("ab"))).map(tuple),
)  # fmt: skip
marks_made = st.lists(st.builds(Mark, st.sampled_from(["t", "u"]), targets, st.floats(0, 10)))


@given(marks_made, entries, st.floats(0, 10))
def test_many_marks_say_what_each_would_say(marks: list[Mark], entry: Labels, since: float) -> None:
    """Whatever their number and order."""
    each = any(Watermarks([mark]).touch(entry, since=since) for mark in marks)
    assert Watermarks(marks).touch(entry, since=since) == each
    assert Watermarks(marks[::-1]).touch(entry, since=since) == each


@given(marks_made, entries, st.floats(0, 10), st.floats(0, 5))
def test_what_was_stored_earlier_is_touched_all_the_more(
    marks: list[Mark], entry: Labels, since: float, earlier: float
) -> None:
    """An entry never comes back by being older."""
    touched = Watermarks(marks).touch(entry, since=since)
    assert not touched or Watermarks(marks).touch(entry, since=since - earlier)


def test_a_later_mark_replaces_the_same_one() -> None:
    """The time is not of the name; tenant, kind, value, version and place are."""
    place = Target(TargetKind.NEIGHBOURHOOD, vector=unit(1), min_similarity=0.9)
    tag = Target(TargetKind.TAG, "a")
    assert Mark("t", tag, 1.0).name == Mark("t", tag, 2.0).name
    others = [("u", tag), ("t", Target(TargetKind.TAG, "b")), ("t", Target(TargetKind.SOURCE, "a")), ("t", place)]
    assert len({Mark(tenant, target, 1.0).name for tenant, target in [("t", tag), *others]}) == 5
    assert Mark("t", Target(TargetKind.ALL), 1.0).name == Mark("u", Target(TargetKind.ALL), 1.0).name
