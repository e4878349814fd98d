"""Entries as fields of a hash."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cache_service.stores.payloads import Payloads
from cache_service.stores.redis_records import Fields, answer_field, meta, new_fields, pairs, read
from cache_service.terms import Answer, Saved, Source
from fakes_entries import NEW, OTHER_PARTITION, key, unit

SEALING = Payloads([bytes(range(32))])
ID = "0" * 32


def written(payloads: Payloads, **changes: object) -> Fields:
    """The fields of an entry."""
    new = replace(NEW, **changes)  # type: ignore[arg-type]
    flat = new_fields(new, ID, stored_at=100.0, payloads=payloads)
    return pairs([one if isinstance(one, bytes) else one.encode() for one in flat])


@given(st.text(), st.binary(max_size=3000), st.floats(0, 1e9), st.booleans())
def test_what_is_written_is_read(text: str, body: bytes, cost_usd: float, sealed: bool) -> None:
    """Texts of any kind, sealed or not; times and costs to the last digit."""
    payloads = SEALING if sealed else Payloads()
    saved = Saved(3, 4, cost_usd)
    answer = Answer("chat", body)
    fields = written(
        payloads, key_text=text, answer=answer, saved=saved, vector=unit(1, 2), sources=(Source("d", "1"),)
    )
    record = read(fields, key("q"), payloads)
    assert record is not None
    entry = record.entry
    assert (entry.key_text, entry.answers, entry.saved, entry.sources) == (text, (answer,), saved, (Source("d", "1"),))
    assert (entry.stored_at, entry.expires_at, record.asked_at) == (100.0, 160.0, 0.0)
    assert record.vector is not None
    assert np.array_equal(record.vector, unit(1, 2))


def test_a_second_format_is_one_more_field() -> None:
    """And the document says what became of the labels."""
    fields = written(Payloads())
    other = replace(NEW, answer=Answer("messages", b"more"), tags=("b", "a"))
    name, packed = answer_field(other, ID, Payloads())
    fields |= {name.encode(): packed, b"m": meta(other, stored_at=100.0, asked_at=5.0).encode()}
    record = read(fields, key("q"), Payloads())
    assert record is not None
    assert [answer.format for answer in record.entry.answers] == ["chat", "messages"]
    assert (record.entry.tags, record.asked_at) == (("a", "b"), 5.0)


def test_sealed_fields_open_in_their_place_only() -> None:
    """Not under another key, another request, nor another id."""
    fields = written(SEALING, vector=unit(1))
    assert read(fields, key("q"), SEALING) is not None
    assert read(fields, key("x"), SEALING) is None
    assert read(fields, key("q", OTHER_PARTITION), SEALING) is None
    assert read({**fields, b"i": b"1" * 32}, key("q"), SEALING) is None
    assert read({**fields, b"t": b"umbrella"}, key("q"), SEALING) is None
    assert read(fields, key("q"), Payloads([bytes(32)])) is None


def test_what_is_not_whole_is_no_entry() -> None:
    """A missing or damaged field makes a miss, never an error."""
    fields = written(Payloads(), vector=unit(1))
    assert read({}, key("q"), Payloads()) is None
    for name in (b"i", b"t", b"x", b"m", b"k"):
        assert read({other: value for other, value in fields.items() if other != name}, key("q"), Payloads()) is None
    assert read({**fields, b"m": b"[]"}, key("q"), Payloads()) is None
    assert read({**fields, b"v": fields[b"v"][:-1]}, key("q"), Payloads()) is None


def test_without_answers_their_formats_are_told() -> None:
    """As a listing wants them; no body is opened."""
    record = read({**written(SEALING), b"a:chat": b""}, key("q"), SEALING, whole=False)
    assert record is not None
    assert record.entry.answers == (Answer("chat", b""),)
