"""Which headers cross the edge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.edge import headers
from platform_api.edge.headers import Caller

CALLER = Caller("192.0.2.7", "http", "pith.example", "req-1", 0)
TOKENS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)


def upstream(*pairs, keep=False):
    """Return what an upstream would see."""
    raw = [(name.encode(), value.encode()) for name, value in pairs]
    return headers.toward_upstream(raw, CALLER, keep_credentials=keep)


def client(*pairs, streaming=False):
    """Return what a client would see."""
    raw = [(name.encode(), value.encode()) for name, value in pairs]
    return headers.toward_client(raw, request_id="req-1", streaming=streaming)


def test_hop_by_hop_headers_stay_behind():
    """Hop-by-hop headers and those that Connection names are not forwarded, in either direction."""
    pairs = [("connection", "close, X-Secret"), ("x-secret", "1"), ("te", "trailers"), ("upgrade", "h2c")]
    pairs += [("keep-alive", "1"), ("proxy-authorization", "x"), ("trailer", "x"), ("accept", "*/*")]
    assert [name for name, _ in upstream(*pairs) if not name.startswith("x-")] == ["accept"]
    assert [name for name, _ in client(*pairs)] == [b"accept", b"x-request-id"]


@given(st.lists(TOKENS, max_size=4))
def test_whatever_connection_names_stays_behind(names):
    """No header named by Connection passes, except those that the edge writes itself."""
    pairs = [("connection", ", ".join(names)), *((name, "1") for name in names)]
    own = {name for name, _ in upstream()}
    assert {name for name, _ in upstream(*pairs)} == own


def test_internal_headers_are_not_the_clients_to_send():
    """Headers that steer the inside are dropped or written anew."""
    pairs = [("x-tenant-id", "other"), ("x-litellm-api-key", "k"), ("litellm-x", "1"), ("x-llm-provider", "groq")]
    pairs += [("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1"), ("x-real-ip", "10.0.0.1")]
    pairs += [("x-pith-hops", "0"), ("x-request-id", "theirs"), ("host", "evil"), ("expect", "100-continue")]
    assert upstream(*pairs) == [
        ("x-forwarded-for", "192.0.2.7"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "pith.example"),
        ("x-request-id", "req-1"),
        ("x-pith-hops", "1"),
    ]


def test_credentials_go_only_where_they_are_checked():
    """A key that the edge has checked goes no further; one for the platform does."""
    pairs = [("authorization", "Bearer k"), ("x-api-key", "k"), ("api-key", "k"), ("cookie", "token=k")]
    assert all(value not in {"Bearer k", "k", "token=k"} for _, value in upstream(*pairs))
    assert ("authorization", "Bearer k") in upstream(*pairs, keep=True)


def test_tracing_and_content_headers_pass():
    """What belongs to the request itself passes as it is."""
    pairs = [("traceparent", "00-1-2-01"), ("tracestate", "a=b"), ("content-type", "application/json")]
    assert upstream(*pairs)[:3] == pairs


def test_a_length_beside_chunks_is_dropped():
    """Of content-length and transfer-encoding together only the chunks count."""
    names = [name for name, _ in upstream(("content-length", "5"), ("transfer-encoding", "chunked"))]
    assert "content-length" not in names
    assert "content-length" in [name for name, _ in upstream(("content-length", "5"))]


def test_utf8_values_arrive_byte_for_byte():
    """Text that is UTF-8 is read as such; other bytes are kept as Latin-1."""
    sent = headers.toward_upstream([(b"x-a", "é".encode()), (b"x-b", b"\xe9")], CALLER, keep_credentials=False)
    assert sent[:2] == [("x-a", "é"), ("x-b", "é")]


def test_repeated_response_headers_stay_repeated():
    """Two cookies remain two headers; the upstream's request id is replaced."""
    assert client(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("x-request-id", "x")) == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"x-request-id", b"req-1"),
    ]


def test_streams_are_marked_against_buffering():
    """An event stream says no-cache and no buffering, whatever the upstream said."""
    sent = client(("content-type", "text/event-stream"), ("cache-control", "max-age=9"), streaming=True)
    assert sent[-2:] == [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
    assert [name for name, _ in sent].count(b"cache-control") == 1


@pytest.mark.parametrize(
    ("raw", "credential"),
    [
        ([(b"authorization", b"Bearer sk-1")], "sk-1"),
        ([(b"authorization", b"bearer  sk-1 ")], "sk-1"),
        ([(b"x-api-key", b"sk-2")], "sk-2"),
        ([(b"authorization", b"Basic abc"), (b"x-api-key", b"sk-2")], "sk-2"),
        ([(b"authorization", b"Bearer sk-1"), (b"x-api-key", b"sk-2")], "sk-1"),
        ([(b"authorization", b"Bearer ")], None),
        ([], None),
    ],
)
def test_a_key_comes_as_bearer_or_as_x_api_key(raw, credential):
    """Both SDKs' ways of sending a key are read, the bearer first."""
    assert headers.credential_of(raw) == credential


@pytest.mark.parametrize("bad", ["", "a b", "a" * 129, "é", "a\tb"])
def test_an_odd_request_id_is_replaced(bad):
    """A request id is kept only if it is short and plain."""
    assert headers.request_id_of([(b"x-request-id", b"abc-1:2.3_4")]) == "abc-1:2.3_4"
    fresh = headers.request_id_of([(b"x-request-id", bad.encode())])
    assert fresh != bad
    assert len(fresh) == 32


@pytest.mark.parametrize(("value", "hops"), [(b"0", 0), (b"1", 1), (b"17", 17), (b"-1", 2), (b"x", 2), (b"9999", 2)])
def test_hops_are_counted_and_garbage_is_too_many(value, hops):
    """What is no small number counts as a loop."""
    assert headers.hops_of([(b"x-pith-hops", value)]) == hops
    assert headers.hops_of([]) == 0


def test_event_streams_are_known_by_their_type():
    """The content type decides, in any case and with parameters."""
    assert headers.is_event_stream([(b"Content-Type", b"Text/Event-Stream; charset=utf-8")])
    assert not headers.is_event_stream([(b"content-type", b"application/json")])
    assert not headers.is_event_stream([(b"content-type", b"text/event-stream"), (b"content-encoding", b"gzip")])
    assert headers.as_bytes([("a", "b")]) == [(b"a", b"b")]
