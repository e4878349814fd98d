"""Reads rows of the SQLite file as entries and vectors; what cannot be opened is missing."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cache_service.requests import Keys
from cache_service.stores import Entry, Vector
from cache_service.stores.payloads import PLAIN_HEADER, PayloadLost, place
from cache_service.stores.records import read_labels
from cache_service.stores.sqlite_session import Session
from cache_service.terms import Answer, Saved, Source

COLUMNS = (
    "e.seq, e.entry_id, e.tenant_id, e.model_group, e.api, e.partition, e.exact_key, e.key_text, e.labels, e.stored_at,"
    " e.expires_at, e.prompt_tokens, e.completion_tokens, e.cost_usd, e.hits"
)
# What `is_live` and `vectors` take, in this order.
PLACED = "e.seq, e.entry_id, e.tenant_id, e.model_group, e.partition, e.exact_key, e.labels, e.stored_at, e.vector"

# The formats and bodies of an entry's answers, in the order in which they were stored.
ANSWERS = "SELECT format, body FROM answers WHERE seq = ? ORDER BY rowid"
FORMATS = "SELECT format, NULL FROM answers WHERE seq = ? ORDER BY rowid"

Row = Sequence[Any]


@dataclass(frozen=True)
class Placed:
    """What an invalidation can name of a row, without its texts."""

    seq: int
    entry_id: str
    tenant_id: str
    model_group: str
    keys: Keys
    tags: tuple[str, ...]
    sources: tuple[Source, ...]
    stored_at: float
    packed: bytes | None


def placed(row: Row) -> Placed:
    """A row of the columns PLACED."""
    seq, entry_id, tenant_id, group, partition, exact, labels, stored_at, packed = row
    return Placed(seq, entry_id, tenant_id, group, Keys(partition, exact), *read_labels(labels), stored_at, packed)


def is_touched(session: Session, row: Placed, *, since: float | None = None) -> bool:
    """Whether an invalidation since then, or since it was stored, names the row."""
    if not session.marks.name_tenant(row.tenant_id):
        return False
    vector = vector_of(session, row) if session.marks.need_vector(row.tenant_id) else None
    return session.marks.touch(row, since=row.stored_at if since is None else since, vector=vector)


def vector_of(session: Session, row: Placed) -> Vector | None:
    """The vector of a row; None without one, or when it cannot be opened."""
    if row.packed is None:
        return None
    aad = place(row.entry_id, row.keys, "vector")
    try:
        return np.frombuffer(session.payloads.unpack(row.tenant_id, aad, row.packed), "<f4")
    except (PayloadLost, ValueError):
        return None


def vectors(session: Session, rows: Iterable[Row]) -> tuple[list[int], Vector]:
    """The row numbers and the vectors, as a matrix, of rows of the columns PLACED."""
    numbers: list[int] = []
    bodies: list[bytes] = []
    plain = not session.payloads.sealing
    for row in rows:
        packed = row[-1]
        if plain and packed[:2] == PLAIN_HEADER:
            body = packed[2:]
        else:
            vector = vector_of(session, placed(row))
            body = b"" if vector is None else vector.tobytes()
        if body and (not bodies or len(body) == len(bodies[0])):
            numbers.append(row[0])
            bodies.append(body)
    if not bodies:
        return [], np.empty((0, 0), np.float32)
    return numbers, np.frombuffer(b"".join(bodies), "<f4").reshape(len(bodies), -1)


def entry(session: Session, row: Row, *, answers: Sequence[Row] | None = None) -> Entry | None:
    """A row of the columns COLUMNS as an entry, with answers as they were read, or read here.

    None when the entry was invalidated, or when a payload of it is lost.
    """
    seq, entry_id, tenant_id, group, api, partition, exact, text, labels, stored_at, expires_at, *saved, hits = row
    keys, unpack = Keys(partition, exact), session.payloads.unpack
    if session.marks.name_tenant(tenant_id) and _is_touched(session, seq):
        return None
    if answers is None:
        answers = session.connection.execute(ANSWERS, (seq,)).fetchall()
    try:
        return Entry(
            entry_id,
            tenant_id,
            group,
            api,
            keys,
            unpack(tenant_id, place(entry_id, keys, "text"), text).decode(),
            stored_at,
            expires_at,
            Saved(*saved),
            hits,
            *(read_labels(labels) if labels else ((), ())),
            tuple(
                Answer(form, unpack(tenant_id, place(entry_id, keys, f"answer:{form}"), body) if body else b"")
                for form, body in answers
            ),
        )
    except (PayloadLost, UnicodeDecodeError):
        return None


def listed(session: Session, row: Row) -> Entry | None:
    """Like `entry`, with the formats of its answers alone."""
    return entry(session, row, answers=session.connection.execute(FORMATS, (row[0],)).fetchall())


def _is_touched(session: Session, seq: int) -> bool:
    row = session.connection.execute(f"SELECT {PLACED} FROM entries e WHERE e.seq = ?", (seq,)).fetchone()
    return row is None or is_touched(session, placed(row))
