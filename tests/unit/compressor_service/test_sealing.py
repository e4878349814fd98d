"""The keys, the names of entries and the seal."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.sealing import derive_keyring, load_keyring, memo_key, new_keyring, seal, unseal

KEYRING = derive_keyring(b"s" * 32)


def test_the_keys_come_from_the_secret_file(tmp_path: Path) -> None:
    """The same file gives the same keys, another one others."""
    keyring = load_keyring(tmp_path / "secret")
    assert load_keyring(tmp_path / "secret") == keyring
    assert load_keyring(tmp_path / "other") != keyring


def test_keys_differ_by_purpose_and_secret() -> None:
    """Neither key tells the other, and no two secrets share one."""
    other = derive_keyring(b"t" * 32)
    assert len({KEYRING.memo, KEYRING.seal, other.memo, other.seal}) == 4
    assert new_keyring() != new_keyring()


@given(st.lists(st.text() | st.binary(), max_size=5), st.lists(st.text() | st.binary(), max_size=5))
def test_other_parts_make_another_key(one: list[str | bytes], other: list[str | bytes]) -> None:
    """No way of cutting the same bytes into parts gives the same name."""
    as_bytes = [
        [part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in parts]
        for parts in (one, other)
    ]
    same = memo_key(KEYRING, "tenant", *one) == memo_key(KEYRING, "tenant", *other)
    assert same == (as_bytes[0] == as_bytes[1])


def test_tenants_and_secrets_never_share_a_key() -> None:
    """The same text of another tenant, or under another secret, has another name."""
    other = derive_keyring(b"t" * 32)
    assert len({memo_key(KEYRING, "a", "t"), memo_key(KEYRING, "b", "t"), memo_key(other, "a", "t")}) == 3


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=40))
def test_what_was_sealed_opens_under_its_own_key_only(value: bytes, key: bytes) -> None:
    """A value moved to another key, or read with another secret, is unknown."""
    sealed = seal(KEYRING, key, value)
    assert unseal(KEYRING, key, sealed) == value
    assert unseal(KEYRING, key + b"x", sealed) is None
    assert unseal(new_keyring(), key, sealed) is None
    assert len(value) < 4 or value not in sealed


@given(st.data())
def test_an_altered_or_cut_seal_does_not_open(data: st.DataObject) -> None:
    """Any flipped bit and any missing end."""
    sealed = bytearray(seal(KEYRING, b"key", b"what was forwarded"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    assert unseal(KEYRING, b"key", bytes(sealed[:place])) is None
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    assert unseal(KEYRING, b"key", bytes(sealed)) is None
