"""Server-sent events kept whole."""

from hypothesis import given
from hypothesis import strategies as st

from platform_api.edge.sse import MAX_HELD_BYTES, WholeEvents


@given(st.lists(st.binary(max_size=20).map(lambda b: b.replace(b"x", b"\n\n")), max_size=20))
def test_no_byte_is_lost_or_moved(chunks):
    """However a stream is cut into chunks, its bytes come out in order."""
    events = WholeEvents()
    assert b"".join([*map(events.feed, chunks), events.rest()]) == b"".join(chunks)


@given(
    st.lists(st.sampled_from([b"data: a\n\n", b"data: bc\r\n\r\n", b"event: e\ndata: d\n\n"]), min_size=1), st.data()
)
def test_only_whole_events_pass(events_sent, data):
    """What has passed always ends where an event ends."""
    stream = b"".join(events_sent)
    cut = data.draw(st.integers(0, len(stream)))
    passed = WholeEvents().feed(stream[:cut])
    assert passed == b"" or passed.endswith((b"\n\n", b"\r\n\r\n"))
    assert stream.startswith(passed)


def test_a_whole_event_passes_at_once():
    """Nothing waits for the next chunk once its event is complete."""
    events = WholeEvents()
    assert events.feed(b"data: 1\n\ndata: 2") == b"data: 1\n\n"
    assert events.feed(b"\n\n") == b"data: 2\n\n"
    assert events.rest() == b""


def test_a_huge_event_is_not_held():
    """What is held is bounded."""
    events = WholeEvents()
    assert len(events.feed(b"x" * (MAX_HELD_BYTES + 1))) == MAX_HELD_BYTES + 1
