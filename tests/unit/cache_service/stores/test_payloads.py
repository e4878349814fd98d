"""Compressing and sealing payloads."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.requests import Keys
from cache_service.stores.payloads import COMPRESSED, SEALED, PayloadLost, Payloads, place, read_keys
from grpc_serving.environment import SettingsError

ONE, TWO = bytes(32), bytes(range(32))
KEYS = Keys(b"p" * 32, b"e" * 32)


@given(st.binary(max_size=3000), st.text(max_size=20), st.binary(max_size=20), st.booleans(), st.booleans())
def test_what_is_packed_comes_back(data: bytes, tenant: str, aad: bytes, sealed: bool, compress: bool) -> None:
    """For any data, sealed or not, compressed or not."""
    payloads = Payloads([ONE] if sealed else [])
    assert payloads.unpack(tenant, aad, payloads.pack(tenant, aad, data, compress=compress)) == data


def test_only_what_shrinks_is_compressed() -> None:
    """Short and random data stay as they are."""
    pack = Payloads().pack
    assert [pack("t", b"", data)[1] for data in (b"a" * 1024, b"a" * 1025, os.urandom(2000))] == [0, COMPRESSED, 0]
    assert len(pack("t", b"", b"the same words " * 1000)) < 200
    assert pack("t", b"", b"a" * 2000, compress=False)[1] == 0


@given(st.integers(0, 200), st.integers(1, 255))
def test_any_changed_byte_loses_a_sealed_payload(at: int, change: int) -> None:
    """Header and key id included."""
    packed = bytearray(Payloads([ONE]).pack("t", b"a", b"x" * 100 + b"secret" * 500))
    packed[at % len(packed)] ^= change
    with pytest.raises(PayloadLost):
        Payloads([ONE]).unpack("t", b"a", bytes(packed))


@pytest.mark.parametrize(("tenant", "aad"), [("u", b"a"), ("t", b"b"), ("ta", b""), ("", b"ta")])
def test_a_sealed_payload_opens_at_its_place_only(tenant: str, aad: bytes) -> None:
    """Not for another tenant, entry, or request."""
    packed = Payloads([ONE]).pack("t", b"a", b"data")
    with pytest.raises(PayloadLost):
        Payloads([ONE]).unpack(tenant, aad, packed)


def test_places_differ_in_each_part() -> None:
    """Entry, request, partition, and which payload it is."""
    others = [place("2", KEYS, "text"), place("1", KEYS, "vector"), place("1", Keys(KEYS.exact, KEYS.exact), "text")]
    assert len({place("1", KEYS, "text"), *others}) == 4


def test_keys_are_rotated() -> None:
    """The first seals, all open; without its key a payload is lost."""
    old = Payloads([ONE]).pack("t", b"", b"data")
    rotated = Payloads([TWO, ONE])
    assert rotated.unpack("t", b"", old) == b"data"
    new = rotated.pack("t", b"", b"data")
    assert Payloads([TWO]).unpack("t", b"", new) == b"data"
    with pytest.raises(PayloadLost):
        Payloads([ONE]).unpack("t", b"", new)


@pytest.mark.parametrize(
    "packed", [b"", b"\1", b"\2\0data", b"\1\4data", b"\1\1data", b"\1\2data", Payloads().pack("t", b"", b"x")]
)
def test_what_this_service_did_not_pack_is_lost(packed: bytes) -> None:
    """Of another version, cut off, or unsealed although keys are set."""
    with pytest.raises(PayloadLost):
        Payloads([ONE]).unpack("t", b"", packed)


def test_a_sealed_payload_is_lost_without_keys() -> None:
    """It is not handed out as data."""
    packed = Payloads([ONE]).pack("t", b"", b"data")
    assert packed[1] & SEALED
    with pytest.raises(PayloadLost):
        Payloads().unpack("t", b"", packed)


def test_keys_are_read_from_base64() -> None:
    """Several with commas, in either alphabet; nothing for nothing."""
    texts = [base64.b64encode(TWO).decode(), base64.urlsafe_b64encode(b"\xff" * 32).decode()]
    assert read_keys(" , ".join(texts)) == (TWO, b"\xff" * 32)
    assert read_keys("  ") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("???", "not base64"),
        (base64.b64encode(b"short").decode(), "5 bytes; exactly 32"),
        (",".join([base64.b64encode(ONE).decode()] * 2), "same key twice"),
        (base64.b64encode(ONE).decode() + ",", "0 bytes"),
    ],
)
def test_an_unusable_key_is_refused_without_being_shown(text: str, reason: str) -> None:
    """The error names the setting alone."""
    with pytest.raises(SettingsError, match=reason) as error:
        read_keys(text)
    assert text not in str(error.value)
