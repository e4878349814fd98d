"""Writes to SQLite: entries, reports, invalidations, policies, counts; every function is one short transaction."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from cache_service.requests import Keys
from cache_service.stores import Entry, NewEntry, Target, TargetKind, Usage
from cache_service.stores.sqlite_reading import find_entry, matching_entries, untouched
from cache_service.terms import Policy

BATCH = 500
# How many entries a put may push out at most; more are left to the next ones.
EVICTED_AT_ONCE = 100
SAMPLES = 10
# An invalidation is remembered longer than any entry lives (30 days) and any lookup token is valid.
WATERMARK_KEPT_S = 31 * 86400.0
COUNTS_KEPT_S = 8 * 86400.0

CONDITIONS = {
    TargetKind.ENTRY: "e.entry_id = ?1",
    TargetKind.TAG: "EXISTS (SELECT 1 FROM tags t WHERE t.seq = e.seq AND t.tag = ?1)",
    TargetKind.SOURCE: (
        "EXISTS (SELECT 1 FROM sources s WHERE s.seq = e.seq AND s.id = ?1 AND (?2 = '' OR s.version <> ?2))"
    ),
    TargetKind.MODEL_GROUP: "e.model_group = ?1",
    TargetKind.TENANT: "1",
}


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction from the first statement on, so that it never has to be begun again."""
    connection.execute("BEGIN IMMEDIATE")
    ending = "ROLLBACK"
    try:
        yield
        ending = "COMMIT"
    finally:
        connection.execute(ending)


class _InvalidatedError(Exception):
    """The answer was invalidated between its lookup and its store."""


def put_entry(connection: sqlite3.Connection, new: NewEntry, *, now: float, max_entries: int) -> Entry | None:
    """Adds the answer to the live entry of the same request, or makes a new entry in its place."""
    try:
        with transaction(connection):
            seq = _same_request(connection, new, now=now)
            seq = _insert(connection, new, now=now) if seq is None else seq
            _add_answer(connection, seq, new)
            _check_untouched(connection, seq, asked_at=new.asked_at)
            _evict(connection, max_entries=max_entries, spare=seq)
            entry_id = connection.execute("SELECT entry_id FROM entries WHERE seq = ?", (seq,)).fetchone()[0]
            return find_entry(connection, new.tenant_id, entry_id, now=now)
    except _InvalidatedError:
        return None


def _same_request(connection: sqlite3.Connection, new: NewEntry, *, now: float) -> int | None:
    """The row of the same request that lacks this format; one that has it is an old answer and makes room."""
    at = (new.keys.partition, new.keys.exact)
    row = connection.execute(
        f"""SELECT e.seq FROM entries e WHERE e.partition = ? AND e.exact_key = ? AND e.tenant_id = ? AND e.expires_at > ?
            AND {untouched()} AND NOT EXISTS (SELECT 1 FROM answers a WHERE a.seq = e.seq AND a.format = ?)""",
        (*at, new.tenant_id, now, new.answer.format),
    ).fetchone()
    if row is None:
        connection.execute("DELETE FROM entries WHERE partition = ? AND exact_key = ?", at)
        return None
    return int(row[0])


def _insert(connection: sqlite3.Connection, new: NewEntry, *, now: float) -> int:
    vector = None if new.vector is None else new.vector.astype("<f4").tobytes()
    cursor = connection.execute(
        """INSERT INTO entries (entry_id, tenant_id, model_group, api, partition, exact_key, key_text, stored_at, expires_at,
             prompt_tokens, completion_tokens, cost_usd, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            secrets.token_hex(16), new.tenant_id, new.model_group, new.api, new.keys.partition, new.keys.exact, new.key_text,
            now, now + new.ttl_s, new.saved.prompt_tokens, new.saved.completion_tokens, new.saved.cost_usd, vector,
        ),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def _add_answer(connection: sqlite3.Connection, seq: int, new: NewEntry) -> None:
    connection.execute("INSERT INTO answers VALUES (?, ?, ?)", (seq, new.answer.format, new.answer.body))
    connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(seq, tag) for tag in new.tags])
    connection.executemany(
        "INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", [(seq, source.id, source.version) for source in new.sources]
    )


def _check_untouched(connection: sqlite3.Connection, seq: int, *, asked_at: float) -> None:
    condition = untouched("?")
    if (
        connection.execute(f"SELECT 1 FROM entries e WHERE {condition} AND e.seq = ?", (asked_at, seq)).fetchone()
        is None
    ):
        raise _InvalidatedError


def _evict(connection: sqlite3.Connection, *, max_entries: int, spare: int) -> None:
    """Makes room by deleting what would expire soonest."""
    total = connection.execute("SELECT value FROM meta WHERE name = 'entries'").fetchone()[0]
    if total > max_entries:
        connection.execute(
            "DELETE FROM entries WHERE seq IN (SELECT seq FROM entries WHERE seq <> ? ORDER BY expires_at LIMIT ?)",
            (spare, min(total - max_entries, EVICTED_AT_ONCE)),
        )


def report_wrong(connection: sqlite3.Connection, tenant_id: str, entry_id: str, keys: Keys) -> bool:
    """Deletes an entry that is wrong for its own request, else remembers for which request it is."""
    with transaction(connection):
        row = connection.execute(
            "SELECT seq, exact_key FROM entries WHERE entry_id = ? AND tenant_id = ?", (entry_id, tenant_id)
        ).fetchone()
        if row is None:
            return False
        seq, own_key = row
        if own_key == keys.exact:
            connection.execute("DELETE FROM entries WHERE seq = ?", (seq,))
        else:
            connection.execute("INSERT OR IGNORE INTO reports VALUES (?, ?)", (seq, keys.exact))
        return True


def invalidate(
    connection: sqlite3.Connection, tenant_id: str, target: Target, *, now: float, dry_run: bool
) -> tuple[int, tuple[Entry, ...]]:
    """Writes the watermark that takes the entries out of service; a single entry is deleted at once."""
    with transaction(connection):
        condition = f"{CONDITIONS[target.kind]} AND e.tenant_id = ?3"
        parameters = (target.value, target.keep_version, tenant_id)
        matched = matching_entries(connection, condition, parameters, now=now, samples=SAMPLES)
        if dry_run:
            return matched
        if target.kind is TargetKind.ENTRY:
            connection.execute("DELETE FROM entries WHERE entry_id = ? AND tenant_id = ?", (target.value, tenant_id))
        else:
            connection.execute(
                "INSERT OR REPLACE INTO watermarks VALUES (?, ?, ?, ?, ?, 0)",
                (tenant_id, target.kind.value, target.value, target.keep_version, now),
            )
        return matched


def sweep(connection: sqlite3.Connection, *, now: float) -> int:
    """Deletes one batch of expired and of invalidated entries, and what is too old to matter of the rest."""
    with transaction(connection):
        expired = "SELECT seq FROM entries WHERE expires_at <= ? LIMIT ?"
        gone = connection.execute(f"DELETE FROM entries WHERE seq IN ({expired})", (now, BATCH)).rowcount
        gone += _sweep_invalidated(connection)
        connection.execute("DELETE FROM watermarks WHERE at < ?", (now - WATERMARK_KEPT_S,))
        connection.execute("DELETE FROM counts WHERE minute < ?", (int((now - COUNTS_KEPT_S) // 60),))
        return gone


def _sweep_invalidated(connection: sqlite3.Connection) -> int:
    unswept = "SELECT tenant_id FROM watermarks WHERE swept = 0"
    dead = f"SELECT e.seq FROM entries e WHERE e.tenant_id IN ({unswept}) AND NOT ({untouched()}) LIMIT ?"
    gone = connection.execute(f"DELETE FROM entries WHERE seq IN ({dead})", (BATCH,)).rowcount
    if gone < BATCH:
        connection.execute("UPDATE watermarks SET swept = 1 WHERE swept = 0")
    return gone


def put_policy(connection: sqlite3.Connection, policy: Policy, *, expected_etag: str) -> bool:
    """Replaces a policy unless the stored one has another etag than expected."""
    with transaction(connection):
        row = connection.execute("SELECT etag FROM policies WHERE namespace = ?", (policy.namespace,)).fetchone()
        if (row[0] if row else "") != expected_etag:
            return False
        modes = ",".join(mode.value for mode in policy.modes)
        connection.execute(
            "INSERT OR REPLACE INTO policies VALUES (?, ?, ?, ?, ?, ?)",
            (policy.namespace, policy.scope_width.value, policy.ttl_s, modes, policy.max_temperature, policy.etag),
        )
        return True


def add_usage(connection: sqlite3.Connection, usage: Usage, *, now: float) -> None:
    """Adds hits to entries and counts to the current minute."""
    with transaction(connection):
        connection.executemany(
            "UPDATE entries SET hits = hits + ? WHERE entry_id = ?",
            [(hits, entry) for entry, hits in usage.hits.items()],
        )
        connection.executemany(
            """INSERT INTO counts VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET value = value + excluded.value""",
            [(tenant, int(now // 60), name, value) for (tenant, name), value in usage.counts.items()],
        )
