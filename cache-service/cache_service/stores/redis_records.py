"""Writes entries as fields of a Redis hash, and reads them again; pure but for the payloads' count of losses.

Fields: i id, t tenant, x when it expires, m what can be listed, k the text, v the vector, h hits, a:<format> an answer.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cache_service.requests import Keys
from cache_service.stores import Entry, NewEntry, Vector
from cache_service.stores.payloads import PayloadLost, Payloads, place
from cache_service.stores.records import labels_json, read_labels
from cache_service.terms import Answer, Saved

ANSWER = b"a:"
Fields = dict[bytes, bytes]


@dataclass(frozen=True)
class Record:
    """An entry as it is kept: when its answer was asked for decides which invalidations touch it."""

    entry: Entry
    asked_at: float
    vector: Vector | None


def pairs(flat: Sequence[bytes]) -> Fields:
    """Fields and values as a script replies them."""
    values = iter(flat)
    return dict(zip(values, values, strict=True))


def meta(new: NewEntry, *, stored_at: float, asked_at: float) -> str:
    """What can be listed of an entry, as one document."""
    labels = labels_json(new.tags, new.sources)
    saved = new.saved
    row = [
        new.model_group, new.api, stored_at, asked_at, saved.prompt_tokens, saved.completion_tokens, saved.cost_usd, labels
    ]  # fmt: skip
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def answer_field(new: NewEntry, entry_id: str, payloads: Payloads) -> tuple[str, bytes]:
    """The field and value of an answer."""
    what = f"answer:{new.answer.format}"
    packed = payloads.pack(new.tenant_id, place(entry_id, new.keys, what), new.answer.body)
    return f"a:{new.answer.format}", packed


def new_fields(new: NewEntry, entry_id: str, *, stored_at: float, payloads: Payloads) -> list[bytes | str]:
    """All fields and values of a new entry."""
    text = payloads.pack(
        new.tenant_id, place(entry_id, new.keys, "text"), new.key_text.encode("utf-8", "surrogatepass")
    )
    fields: list[bytes | str] = [
        "i", entry_id, "t", new.tenant_id, "x", repr(stored_at + new.ttl_s),
        "m", meta(new, stored_at=stored_at, asked_at=new.asked_at), "k", text, *answer_field(new, entry_id, payloads),
    ]  # fmt: skip
    if new.vector is not None:
        raw = new.vector.astype("<f4").tobytes()
        fields += ["v", payloads.pack(new.tenant_id, place(entry_id, new.keys, "vector"), raw, compress=False)]
    return fields


def read_vector(packed: bytes, tenant_id: str, entry_id: str, *, keys: Keys, payloads: Payloads) -> Vector:
    """A kept vector; PayloadLost when it cannot be opened."""
    raw = payloads.unpack(tenant_id, place(entry_id, keys, "vector"), packed)
    if len(raw) % 4:
        raise PayloadLost("a stored vector is cut short")
    return np.frombuffer(raw, "<f4")


def read(fields: Fields, keys: Keys, payloads: Payloads, *, whole: bool = True) -> Record | None:
    """The entry; None when it is not there, or when something of it cannot be opened."""
    try:
        return _record(fields, keys, payloads, whole=whole)
    except (KeyError, ValueError, PayloadLost):
        return None


def _record(fields: Fields, keys: Keys, payloads: Payloads, *, whole: bool) -> Record:
    entry_id, tenant_id = fields[b"i"].decode(), fields[b"t"].decode()
    model_group, api, stored_at, asked_at, prompt, completion, cost_usd, labels = json.loads(fields[b"m"])
    tags, sources = read_labels(labels)

    def opened(field: bytes, what: str) -> bytes:
        return payloads.unpack(tenant_id, place(entry_id, keys, what), fields[field])

    formats = [field[len(ANSWER) :].decode() for field in fields if field.startswith(ANSWER)]
    answers = tuple(
        Answer(name, opened(ANSWER + name.encode(), f"answer:{name}") if whole else b"") for name in formats
    )
    vector: Vector | None = None
    if b"v" in fields:
        vector = read_vector(fields[b"v"], tenant_id, entry_id, keys=keys, payloads=payloads)
    entry = Entry(
        entry_id, tenant_id, model_group, api, keys, opened(b"k", "text").decode("utf-8", "surrogatepass"),
        stored_at, float(fields[b"x"]), Saved(int(prompt), int(completion), float(cost_usd)), int(fields.get(b"h", 0)),
        tags, sources, answers,
    )  # fmt: skip
    return Record(entry, asked_at, vector)
