"""What stores keep as JSON."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.stores.records import labels_json, policy_json, read_labels, read_policy
from cache_service.terms import Mode, Policy, ScopeWidth, Source

numbers = st.floats(0, 1e6)
texts = st.text(max_size=10)
policies = st.builds(
    Policy, texts, st.sampled_from(ScopeWidth), numbers, st.lists(st.sampled_from(Mode)).map(tuple), numbers, texts,
    numbers, texts, st.lists(texts).map(tuple), st.lists(texts).map(tuple), numbers, st.none() | numbers,
)  # fmt: skip


@given(policies)
def test_a_policy_comes_back(policy: Policy) -> None:
    """With all its fields, none of which is forgotten."""
    document = policy_json(policy)
    assert read_policy(document) == policy
    assert read_policy(document.encode()) == policy
    assert set(json.loads(document)) == {field.name for field in fields(Policy)}


def test_a_policy_of_another_release_is_read() -> None:
    """Missing fields have their defaults, unknown ones are left alone."""
    assert read_policy('{"namespace":"acme","new":1}') == Policy("acme")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"namespace":1}', '{"namespace":"a","scope_width":"world"}'])
def test_what_is_no_policy_is_refused(text: str) -> None:
    """With a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        read_policy(text)


@given(st.lists(texts), st.lists(st.builds(Source, texts, texts)))
def test_labels_come_back_sorted_and_once(tags: list[str], sources: list[Source]) -> None:
    """None take no space."""
    text = labels_json(tags, sources)
    read_tags, read_sources = read_labels(text)
    assert read_tags == tuple(sorted(set(tags)))
    assert set(read_sources) == set(sources)
    assert len(read_sources) == len(set(sources))
    assert bool(text) == bool(tags or sources)


@pytest.mark.parametrize("text", ["{}", "[1]", "x"])
def test_what_are_no_labels_is_refused(text: str) -> None:
    """With a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        read_labels(text)
