"""The names of keys on Redis."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cache_service.requests import Keys
from cache_service.stores import redis_keys as names
from cache_service.stores.redis_client import partition_tag

DIGESTS = st.binary(min_size=32, max_size=32)
KEYS = st.builds(Keys, DIGESTS, DIGESTS)


def tag(key: str) -> str:
    """What decides a key's slot: the first text in braces."""
    found = re.search(r"\{([^}]+)\}", key)
    assert found is not None
    return found[1]


@given(KEYS)
def test_everything_of_a_partition_shares_its_tag(keys: Keys) -> None:
    """Entry, id, bookkeeping: one slot of a Cluster."""
    found = [names.entry(keys), names.by_id(names.new_id(keys.partition)), names.of_partition("p", keys.partition)]
    found.append(names.wrong_for(keys))
    assert {tag(key) for key in found} == {partition_tag(keys.partition).strip("{}")}
    assert names.entry(keys).startswith(names.ENTRY_PREFIX)


@given(KEYS)
def test_a_suffix_says_its_keys(keys: Keys) -> None:
    """Read back from text and from bytes."""
    text = names.suffix(keys)
    assert names.read_suffix(text) == names.read_suffix(text.encode()) == keys
    assert names.entry(keys).endswith(text)


@given(KEYS, KEYS)
def test_entries_of_different_keys_never_share_a_key(one: Keys, other: Keys) -> None:
    """Whatever the tag, partition and exact key are spelled out."""
    assert (names.entry(one) == names.entry(other)) == (one == other)


@given(st.text())
def test_a_made_up_id_leads_nowhere(text: str) -> None:
    """Braces or colons in what an operator sends choose no key of ours."""
    if not re.fullmatch(r"[0-9a-f]{32}", text):
        assert names.by_id(text) == "pith:i:{none}"


@given(st.text(min_size=1))
def test_a_tenant_chooses_no_slot(tenant: str) -> None:
    """Its tag is a digest, also where its name holds braces."""
    key = names.of_tenant("l", tenant)
    assert re.fullmatch(r"[0-9a-f]{16}", tag(key))
    assert tag(key) == tag(names.of_tenant("d", tenant))
    assert key.endswith(tenant)
