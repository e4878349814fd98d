"""What a lookup token carries, and that nobody else can make or change one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.requests import Keys
from cache_service.terms import Api, Scope
from cache_service.tokens import LIFETIME_S, LISTED_CHARS, Candidate, LookupToken, seal, unseal
from grpc_serving.errors import FailedPrecondition, InvalidArgument

KEY = b"k" * 32
SCOPE = Scope("acme", "key1", "ann", "pool")
TOKEN = LookupToken(SCOPE, Api.CHAT, "gpt-4o", Keys(b"p" * 32, b"e" * 32), "text", True, "e1", 1000.0, b"\x00\x01" * 8)


def opened(
    raw: bytes, *, scope: Scope = SCOPE, key: bytes = KEY, embedder: str = "e1", now: float = 1001.0
) -> LookupToken:
    """The token in these bytes."""
    return unseal(raw, key=key, scope=scope, embedder=embedder, now=now)


@given(st.text(max_size=50), st.text(max_size=20), st.booleans(), st.binary(max_size=64))
def test_a_token_opens_to_what_was_sealed(text: str, group: str, semantic: bool, vector: bytes) -> None:
    """Every field comes back, any text and any vector included."""
    token = replace(TOKEN, text=text, model_group=group, semantic=semantic, vector=vector)
    assert opened(seal(token, key=KEY)) == token


@given(
    st.text(max_size=20),
    st.lists(st.tuples(st.text(max_size=30), st.floats(-1, 1), st.floats(0, 100)), max_size=4),
    st.text(max_size=20),
    st.none() | st.floats(0, 1e9),
)
def test_what_the_lookup_learnt_comes_back(
    flight: str, near: list[tuple[str, float, float]], pool: str, ttl_s: float | None
) -> None:
    """Whose flight it is, which entries to compare, whose partition it is, and how long the caller lets it live."""
    candidates = tuple(Candidate(*one) for one in near)
    token = replace(TOKEN, flight=flight, candidates=candidates, pool=pool, ttl_s=ttl_s)
    assert opened(seal(token, key=KEY)) == token


def test_two_tokens_of_one_lookup_differ() -> None:
    """The nonce is never used twice."""
    assert seal(TOKEN, key=KEY) != seal(TOKEN, key=KEY)


def test_nothing_of_the_request_is_readable_in_it() -> None:
    """The text is encrypted."""
    assert b"secret words" not in seal(replace(TOKEN, text="secret words"), key=KEY)


def test_a_text_that_is_never_embedded_is_cut() -> None:
    """Such a text may have megabytes."""
    long = seal(replace(TOKEN, text="x" * 100_000, semantic=False), key=KEY)
    assert len(opened(long).text) == LISTED_CHARS
    assert len(long) < 2000


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_breaks_it(place: int, change: int) -> None:
    """Version, nonce, text and tag are all protected."""
    raw = bytearray(seal(TOKEN, key=KEY))
    raw[place % len(raw)] ^= change
    with pytest.raises(InvalidArgument, match="lookup_token"):
        opened(bytes(raw))


@given(st.binary(max_size=80))
def test_bytes_that_are_no_token_are_refused(raw: bytes) -> None:
    """Whatever they are."""
    with pytest.raises(InvalidArgument, match="lookup_token"):
        opened(raw)


@pytest.mark.parametrize(
    "scope",
    [
        Scope("umbrella", "key1", "ann", "pool"),
        Scope("acme", "key2", "ann", "pool"),
        Scope("acme", "key1", "bob", "pool"),
        Scope("acme", "key1", "ann", ""),
        Scope("acmekey1", "", "ann", "pool"),
    ],
)
def test_a_token_of_another_scope_does_not_open(scope: Scope) -> None:
    """Every part of the scope is bound."""
    with pytest.raises(InvalidArgument, match="another scope"):
        opened(seal(TOKEN, key=KEY), scope=scope)


def test_a_token_of_another_secret_does_not_open() -> None:
    """Only replicas that share the secret take it."""
    with pytest.raises(InvalidArgument, match="another secret"):
        opened(seal(TOKEN, key=KEY), key=b"l" * 32)


def test_a_token_is_valid_for_a_quarter_of_an_hour() -> None:
    """And not a second longer."""
    raw = seal(TOKEN, key=KEY)
    assert opened(raw, now=1000.0 + LIFETIME_S) == TOKEN
    with pytest.raises(InvalidArgument, match="expired; it is valid for 900 s"):
        opened(raw, now=1001.0 + LIFETIME_S)


def test_a_token_of_another_embedder_is_a_failed_precondition() -> None:
    """Its vector means nothing here."""
    with pytest.raises(FailedPrecondition, match="another embedder"):
        opened(seal(TOKEN, key=KEY), embedder="e2")
