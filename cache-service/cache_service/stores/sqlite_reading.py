"""Reads entries from SQLite: one by its keys or id, the vectors of a partition, pages of a tenant."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

import sqlite3
from collections.abc import Sequence
from typing import Any

import numpy as np

from cache_service.requests import Keys
from cache_service.stores import SMALL_PARTITION, Candidates, Entry, Found, Listing, Neighbour, Page, Vector
from cache_service.terms import Answer, Saved, Source

COLUMNS = (
    "e.seq, e.entry_id, e.tenant_id, e.model_group, e.api, e.partition, e.exact_key, e.key_text, e.stored_at, e.expires_at,"
    " e.prompt_tokens, e.completion_tokens, e.cost_usd, e.hits"
)


def untouched(stored_at: str = "e.stored_at") -> str:
    """The condition that no invalidation since `stored_at` applies to entry e."""
    return f"""NOT EXISTS (SELECT 1 FROM watermarks w WHERE w.tenant_id = e.tenant_id AND w.at >= {stored_at} AND (
        w.kind = 'tenant'
        OR (w.kind = 'model_group' AND w.value = e.model_group)
        OR (w.kind = 'tag' AND EXISTS (SELECT 1 FROM tags t WHERE t.seq = e.seq AND t.tag = w.value))
        OR (w.kind = 'source' AND EXISTS (SELECT 1 FROM sources s WHERE s.seq = e.seq AND s.id = w.value
            AND (w.keep_version = '' OR s.version <> w.keep_version)))))"""


LIVE = f"e.expires_at > ? AND {untouched()}"


def find_exact(connection: sqlite3.Connection, keys: Keys, *, now: float) -> Found:
    """The live entry of these keys; without one, how many live vectors the partition has, and a few of them whole."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM entries e WHERE e.partition = ? AND e.exact_key = ? AND {LIVE}",
        (keys.partition, keys.exact, now),
    ).fetchone()
    if row is not None:
        return Found(_entry(connection, row, with_answers=True))
    rows = connection.execute(
        f"SELECT e.seq, e.vector FROM entries e WHERE e.partition = ? AND e.vector IS NOT NULL AND {LIVE} LIMIT ?",
        (keys.partition, now, SMALL_PARTITION + 1),
    ).fetchall()
    if not 0 < len(rows) <= SMALL_PARTITION:
        return Found(None, len(rows))
    return Found(None, len(rows), Candidates(tuple(seq for seq, _ in rows), stacked([vector for _, vector in rows])))


def stacked(vectors: Sequence[bytes]) -> Vector:
    """Stored vectors as the rows of a matrix."""
    return np.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(vectors), -1)


def neighbours(
    connection: sqlite3.Connection, keys: Keys, ranked: Sequence[tuple[int, float]], *, count: int, now: float
) -> tuple[Neighbour, ...]:
    """The first `count` live entries among ranked rows."""
    found: list[Neighbour] = []
    for seq, similarity in ranked:
        row = connection.execute(f"SELECT {COLUMNS} FROM entries e WHERE e.seq = ? AND {LIVE}", (seq, now)).fetchone()
        if row is None:
            continue
        reported = connection.execute(
            "SELECT 1 FROM reports WHERE seq = ? AND exact_key = ?", (seq, keys.exact)
        ).fetchone()
        found.append(Neighbour(_entry(connection, row, with_answers=True), similarity, reported is not None))
        if len(found) == count:
            break
    return tuple(found)


def find_entry(connection: sqlite3.Connection, tenant_id: str, entry_id: str, *, now: float) -> Entry | None:
    """A tenant's live entry by its id, with its answers."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM entries e WHERE e.entry_id = ? AND e.tenant_id = ? AND {LIVE}",
        (entry_id, tenant_id, now),
    ).fetchone()
    return None if row is None else _entry(connection, row, with_answers=True)


def list_entries(connection: sqlite3.Connection, tenant_id: str, listing: Listing, *, now: float) -> Page:
    """A page of a tenant's live entries, newest first."""
    rows = connection.execute(
        f"""SELECT {COLUMNS} FROM entries e WHERE e.tenant_id = ? AND e.seq < ? AND {LIVE}
            AND (? = '' OR e.model_group = ?) AND (? = '' OR instr(lower(e.key_text), lower(?)) > 0)
            AND (? = '' OR EXISTS (SELECT 1 FROM tags t WHERE t.seq = e.seq AND t.tag = ?))
            ORDER BY e.seq DESC LIMIT ?""",
        (
            tenant_id, listing.before or 2**62, now, listing.model_group, listing.model_group,
            listing.contains, listing.contains, listing.tag, listing.tag, listing.limit + 1,
        ),
    ).fetchall()  # fmt: skip
    entries = tuple(_entry(connection, row, with_answers=False) for row in rows[: listing.limit])
    return Page(entries, rows[listing.limit - 1][0] if len(rows) > listing.limit else 0)


def matching_entries(
    connection: sqlite3.Connection, condition: str, parameters: Sequence[str], *, now: float, samples: int
) -> tuple[int, tuple[Entry, ...]]:
    """How many live entries fulfil a condition of ours, with some of them."""
    where = f"FROM entries e WHERE {condition} AND {LIVE}"
    total = connection.execute(f"SELECT COUNT(*) {where}", (*parameters, now)).fetchone()[0]
    rows = connection.execute(
        f"SELECT {COLUMNS} {where} ORDER BY e.seq DESC LIMIT ?", (*parameters, now, samples)
    ).fetchall()
    return int(total), tuple(_entry(connection, row, with_answers=False) for row in rows)


def count_entries(connection: sqlite3.Connection, tenant_id: str, *, now: float) -> int:
    """How many live entries a tenant has."""
    return matching_entries(connection, "e.tenant_id = ?", (tenant_id,), now=now, samples=0)[0]


def _entry(connection: sqlite3.Connection, row: Sequence[Any], *, with_answers: bool) -> Entry:
    seq, entry_id, tenant_id, model_group, api, partition, exact, text, stored_at, expires_at, *saved, hits = row
    tags = connection.execute("SELECT tag FROM tags WHERE seq = ? ORDER BY tag", (seq,)).fetchall()
    sources = connection.execute(
        "SELECT id, version FROM sources WHERE seq = ? ORDER BY id, version", (seq,)
    ).fetchall()
    body = "body" if with_answers else "x''"
    answers = connection.execute(f"SELECT format, {body} FROM answers WHERE seq = ? ORDER BY rowid", (seq,)).fetchall()
    return Entry(
        entry_id, tenant_id, model_group, api, Keys(partition, exact), text, stored_at, expires_at, Saved(*saved), hits,
        tuple(tag for (tag,) in tags), tuple(Source(*source) for source in sources), tuple(Answer(*answer) for answer in answers),
    )  # fmt: skip
