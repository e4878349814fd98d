"""The text, checksum, digest and state of virtual keys."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.domain import keys
from platform_api.domain.keys import KeyPolicy, KeyState, VirtualKey

NOW = datetime(2026, 11, 24, tzinfo=UTC)
IDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=8)
SECRETS = st.binary(min_size=32, max_size=32)


def make(**fields):
    """Return a key with everything set, changed where told."""
    return VirtualKey(**{"id": "k0000000", "tenant_id": "acme", "name": "", "digest": b"", "created_at": NOW, **fields})


@given(IDS, SECRETS)
def test_a_key_names_its_id_and_has_one_length(key_id, secret):
    """Every id and secret make a key of 66 characters that gives its id back."""
    text = keys.key_text(key_id, secret)
    assert len(text) == 66
    assert text.startswith(f"sk-pith-{key_id}_")
    assert keys.key_id_of(text) == key_id


@given(IDS, SECRETS, st.integers(0, 65), st.sampled_from("0123456789abcXYZ_-é"))
def test_one_wrong_character_is_noticed(key_id, secret, place, letter):
    """A key with one character replaced is refused by its checksum."""
    text = keys.key_text(key_id, secret)
    changed = text[:place] + letter + text[place + 1 :]
    assert keys.key_id_of(changed) is None or changed == text


@given(st.text(max_size=80))
def test_other_texts_are_no_keys(text):
    """Arbitrary text is refused without an error."""
    assert keys.key_id_of(text) is None


@given(SECRETS, SECRETS)
def test_different_secrets_make_different_keys(one, other):
    """The secret can be told from the key, so no two secrets share one."""
    assert (keys.key_text("k1234567", one) == keys.key_text("k1234567", other)) is (one == other)


def test_new_ids_and_secrets_have_their_form():
    """New ids are k and seven letters or digits, and never the admin key's."""
    ids = {keys.new_key_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(len(key_id) == 8 and key_id[0] == "k" for key_id in ids)
    assert keys.ADMIN_KEY_ID not in ids
    assert len(keys.new_secret()) == 32


@pytest.mark.parametrize(("key_id", "secret"), [("short", b"0" * 32), ("k1234567", b"0" * 31), ("K1234567", b"0" * 32)])
def test_a_key_of_wrong_parts_is_not_written(key_id, secret):
    """An id or secret of another form raises ValueError."""
    with pytest.raises(ValueError, match="a key needs"):
        keys.key_text(key_id, secret)


def test_the_digest_depends_on_key_and_pepper():
    """Another key or another pepper gives another digest."""
    one = keys.digest_of("sk-pith-a", b"pepper")
    assert keys.same_digest(one, keys.digest_of("sk-pith-a", b"pepper"))
    assert not keys.same_digest(one, keys.digest_of("sk-pith-b", b"pepper"))
    assert not keys.same_digest(one, keys.digest_of("sk-pith-a", b"salt"))
    assert len(one) == 32


def test_a_key_is_active_until_it_expires_or_is_revoked():
    """The state follows the clock; revoked counts more than expired."""
    assert make().state(NOW) is KeyState.ACTIVE
    assert make(expires_at=NOW + timedelta(seconds=1)).state(NOW) is KeyState.ACTIVE
    assert make(expires_at=NOW).state(NOW) is KeyState.EXPIRED
    assert make(expires_at=NOW, revoked_at=NOW).state(NOW) is KeyState.REVOKED


def test_a_key_allows_its_models_or_all():
    """An empty list of models allows every model."""
    assert make().allows("gpt-4o")
    assert make(models=("gpt-4o",)).allows("gpt-4o")
    assert not make(models=("gpt-4o",)).allows("gpt-4o-mini")


def test_a_policy_claims_what_was_chosen():
    """A choice left open is left out."""
    assert KeyPolicy().claims() == {}
    assert KeyPolicy(cache=False).claims() == {"cache": False}
    assert KeyPolicy(cache=True, compress=False).claims() == {"cache": True, "compress": False}
