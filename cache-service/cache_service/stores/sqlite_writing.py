"""Writes to SQLite: entries, reports, policies, evidence, counts; every function is one short transaction."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from cache_service.calibration import Evidence, encode
from cache_service.requests import Keys
from cache_service.stores import Entry, NewEntry, Reported, Usage
from cache_service.stores.payloads import place
from cache_service.stores.records import labels_json, policy_json
from cache_service.stores.sqlite_reading import find_entry, find_evidence
from cache_service.stores.sqlite_rows import COLUMNS, entry
from cache_service.stores.sqlite_session import Session
from cache_service.terms import Answer, Policy

# How many entries a put may push out at most; more are left to the next ones.
EVICTED_AT_ONCE = 100
# Pairs of request and entry that were reported wrong; beyond it the oldest go.
MAX_REPORTS = 100_000


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """A write transaction from the first statement on, so that it never has to be begun again."""
    session.connection.execute("BEGIN IMMEDIATE")
    ending = "ROLLBACK"
    try:
        session.refresh()
        yield
        session.connection.execute("UPDATE meta SET value = MAX(value, ?) WHERE name = 'clock'", (session.now(),))
        ending = "COMMIT"
    finally:
        session.connection.execute(ending)


def put_entry(session: Session, new: NewEntry, *, max_entries: int) -> Entry | None:
    """Adds the answer to the live entry of the same request, or makes a new one; None when it was invalidated meanwhile."""
    with transaction(session):
        if session.marks.touch(new, since=new.asked_at, vector=new.vector):
            return None
        seq, entry_id = _joined(session, new) or _inserted(session, new)
        _add_answer(session, seq, (new.tenant_id, entry_id, new.keys), new.answer)
        _evict(session, max_entries=max_entries, spare=seq)
        return find_entry(session, new.tenant_id, entry_id)


def _joined(session: Session, new: NewEntry) -> tuple[int, str] | None:
    """The entry of the same request that lacks this format; one that has it is an old answer and makes room."""
    at = (new.keys.partition, new.keys.exact)
    row = session.connection.execute(
        f"SELECT {COLUMNS} FROM entries e WHERE e.partition = ? AND e.exact_key = ?", at
    ).fetchone()
    if row is None:
        return None
    old = entry(session, row)
    formats = () if old is None else tuple(answer.format for answer in old.answers)
    if (
        old is None
        or old.expires_at <= session.now()
        or old.tenant_id != new.tenant_id
        or new.answer.format in formats
        or session.marks.touch(old, since=new.asked_at)
    ):
        session.connection.execute("DELETE FROM entries WHERE partition = ? AND exact_key = ?", at)
        return None
    labels = labels_json((*old.tags, *new.tags), (*old.sources, *new.sources))
    session.connection.execute("UPDATE entries SET labels = ? WHERE seq = ?", (labels, row[0]))
    return row[0], old.entry_id


def _inserted(session: Session, new: NewEntry) -> tuple[int, str]:
    entry_id, now, pack = secrets.token_hex(16), session.now(), session.payloads.pack
    vector = None
    if new.vector is not None:
        body = new.vector.astype("<f4").tobytes()
        vector = pack(new.tenant_id, place(entry_id, new.keys, "vector"), body, compress=False)
    text = pack(new.tenant_id, place(entry_id, new.keys, "text"), new.key_text.encode())
    cursor = session.connection.execute(
        """INSERT INTO entries (entry_id, tenant_id, model_group, api, partition, exact_key, key_text, labels, stored_at,
             expires_at, prompt_tokens, completion_tokens, cost_usd, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            entry_id, new.tenant_id, new.model_group, new.api, new.keys.partition, new.keys.exact, text,
            labels_json(new.tags, new.sources), now, now + new.ttl_s,
            new.saved.prompt_tokens, new.saved.completion_tokens, new.saved.cost_usd, vector,
        ),
    )  # fmt: skip
    return int(cursor.lastrowid or 0), entry_id


def _add_answer(session: Session, seq: int, at: tuple[str, str, Keys], answer: Answer) -> None:
    tenant_id, entry_id, keys = at
    body = session.payloads.pack(tenant_id, place(entry_id, keys, f"answer:{answer.format}"), answer.body)
    session.connection.execute("INSERT INTO answers VALUES (?, ?, ?)", (seq, answer.format, body))


def _evict(session: Session, *, max_entries: int, spare: int) -> None:
    """Makes room by deleting what would expire soonest."""
    total = session.connection.execute("SELECT value FROM meta WHERE name = 'entries'").fetchone()[0]
    if total > max_entries:
        session.connection.execute(
            "DELETE FROM entries WHERE seq IN (SELECT seq FROM entries WHERE seq <> ? ORDER BY expires_at LIMIT ?)",
            (spare, min(total - max_entries, EVICTED_AT_ONCE)),
        )


def report_wrong(session: Session, tenant_id: str, entry_id: str, keys: Keys) -> Reported | None:
    """Deletes an entry that is wrong for its own request, else remembers for good that the two do not go together."""
    with transaction(session):
        row = session.connection.execute(
            "SELECT seq, partition, exact_key FROM entries WHERE entry_id = ? AND tenant_id = ?", (entry_id, tenant_id)
        ).fetchone()
        if row is None:
            return None
        seq, partition, own_key = row
        if (partition, own_key) == (keys.partition, keys.exact):
            session.connection.execute("DELETE FROM entries WHERE seq = ?", (seq,))
            return Reported(entry_removed=True, pair_remembered=False)
        if partition != keys.partition:  # no lookup brings the two together
            return Reported(entry_removed=False, pair_remembered=False)
        session.connection.execute(
            "INSERT OR IGNORE INTO reports (partition, request_key, entry_key) VALUES (?, ?, ?)",
            (partition, keys.exact, own_key),
        )
        newest = session.connection.execute("SELECT MAX(number) FROM reports").fetchone()[0]
        session.connection.execute("DELETE FROM reports WHERE number <= ?", (newest - MAX_REPORTS,))
        return Reported(entry_removed=False, pair_remembered=True)


def put_policy(session: Session, policy: Policy, *, expected_etag: str) -> bool:
    """Replaces a policy unless the stored one has another etag than expected."""
    with transaction(session):
        query = "SELECT etag FROM policies WHERE namespace = ?"
        row = session.connection.execute(query, (policy.namespace,)).fetchone()
        if (row[0] if row else "") != expected_etag:
            return False
        values = (policy.namespace, policy.etag, policy_json(policy))
        session.connection.execute("INSERT OR REPLACE INTO policies VALUES (?, ?, ?)", values)
        return True


def add_evidence(session: Session, namespace: str, embedder: str, evidence: Evidence) -> None:
    """Adds observations to what is there, within one transaction."""
    with transaction(session):
        have = find_evidence(session, namespace, embedder)
        total = evidence if have is None else have + evidence
        values = (namespace, embedder, encode(total), session.now())
        session.connection.execute("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?)", values)


def add_usage(session: Session, usage: Usage) -> None:
    """Adds hits to entries and counts to the current minute."""
    minute = int(session.now() // 60)
    with transaction(session):
        session.connection.executemany(
            "UPDATE entries SET hits = hits + ? WHERE entry_id = ?",
            [(hits, entry_id) for entry_id, hits in usage.hits.items()],
        )
        session.connection.executemany(
            """INSERT INTO counts VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET value = value + excluded.value""",
            [(tenant, minute, name, value) for (tenant, name), value in usage.counts.items()],
        )
