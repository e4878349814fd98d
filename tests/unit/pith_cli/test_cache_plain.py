"""Tests of turning replies into plain values."""

import json

from pith.cache.v1 import cache_pb2
from pith_cli.cache.plain import enum_name, plain


def test_a_reply_becomes_what_json_can_say() -> None:
    """Enums by name, counts as numbers, times as text, bytes as text."""
    reply = cache_pb2.GetEntryResponse(
        entry=cache_pb2.Entry(
            entry_id="e", api=cache_pb2.API_CHAT, hits=3, tags=["a"], sources=[cache_pb2.Source(id="s")]
        ),
        answers=[cache_pb2.Answer(format="chat", body=b"{}")],
    )
    reply.entry.stored_at.FromSeconds(0)
    found = plain(reply)
    assert found["entry"]["api"] == "chat"
    assert found["entry"]["hits"] == 3
    assert found["entry"]["stored_at"] == "1970-01-01T00:00:00Z"
    assert found["entry"]["expires_at"] is None
    assert found["entry"]["sources"] == [{"id": "s", "version": ""}]
    assert found["answers"] == [{"format": "chat", "body": "{}"}]
    json.dumps(found)


def test_what_is_optional_and_unset_is_none() -> None:
    """A threshold of 0 is not the want of one."""
    assert plain(cache_pb2.Calibration())["threshold"] is None
    assert plain(cache_pb2.Calibration(threshold=0.0))["threshold"] == 0.0
    assert plain(cache_pb2.Timings(stage_ms={"embed": 2.0}))["stage_ms"] == {"embed": 2.0}


def test_enums_lose_what_all_their_values_begin_with() -> None:
    """The unspecified one is empty, an unknown one its number."""
    veto = cache_pb2.Veto.DESCRIPTOR
    assert enum_name(veto, cache_pb2.VETO_ERROR_BOUND) == "error_bound"
    assert enum_name(veto, 0) == ""
    assert enum_name(veto, 99) == "99"
    modes = plain(cache_pb2.Policy(modes=[cache_pb2.LOOKUP_MODE_EXACT, cache_pb2.LOOKUP_MODE_SHADOW]))["modes"]
    assert modes == ["exact", "shadow"]
