"""Brings a SQLite file of schema version 1 up to version 2, in one transaction."""

# ruff: noqa: S608  # what is put into a statement is a constant of this module; values go by parameters

import sqlite3

from cache_service.requests import Keys
from cache_service.stores import Target, TargetKind
from cache_service.stores.payloads import Payloads, place
from cache_service.stores.records import labels_json, policy_json
from cache_service.stores.sqlite_schema import TABLES
from cache_service.stores.watermarks import Mark
from cache_service.terms import Mode, Policy, ScopeWidth, Source

OLD_TABLES = ("entries", "answers", "tags", "sources", "reports", "watermarks", "policies", "counts", "meta")
OLD_NAMES = ("entries_by_partition", "entries_by_expiry", "entries_by_tenant")
CHUNK = 500


def migrate(connection: sqlite3.Connection, payloads: Payloads) -> None:
    """Keeps entries, answers, invalidations, policies and counts; reports were of entries, and are of pairs now."""
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    ending = "ROLLBACK"
    try:
        _move_away(connection)
        for statement in _statements(TABLES):
            connection.execute(statement)
        _copy_entries(connection, payloads)
        _copy_reports(connection)
        _copy_watermarks(connection)
        _copy_policies(connection)
        connection.execute("INSERT INTO counts SELECT * FROM old_counts")
        for name in reversed(OLD_TABLES):
            connection.execute(f"DROP TABLE old_{name}")
        ending = "COMMIT"
    finally:
        connection.execute(ending)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _move_away(connection: sqlite3.Connection) -> None:
    for name in ("entry_added", "entry_gone"):
        connection.execute(f"DROP TRIGGER {name}")
    for name in OLD_NAMES:
        connection.execute(f"DROP INDEX {name}")
    for name in OLD_TABLES:
        connection.execute(f"ALTER TABLE {name} RENAME TO old_{name}")


def _statements(script: str) -> list[str]:
    """The statements of a script; a trigger holds semicolons of its own."""
    statements, begun = [], ""
    for part in script.split(";"):
        begun += part + ";"
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements


def _copy_entries(connection: sqlite3.Connection, payloads: Payloads) -> None:
    after = 0
    while rows := connection.execute(
        "SELECT * FROM old_entries WHERE seq > ? ORDER BY seq LIMIT ?", (after, CHUNK)
    ).fetchall():
        for row in rows:
            _copy_entry(connection, payloads, row)
        after = rows[-1][0]


def _copy_entry(connection: sqlite3.Connection, payloads: Payloads, row: tuple) -> None:  # type: ignore[type-arg]
    seq, entry_id, tenant_id, group, api, partition, exact, text, *rest, vector = row
    keys = Keys(partition, exact)
    tags = [tag for (tag,) in connection.execute("SELECT tag FROM old_tags WHERE seq = ?", (seq,))]
    found = connection.execute("SELECT id, version FROM old_sources WHERE seq = ?", (seq,))
    labels = labels_json(tags, [Source(*source) for source in found])
    packed_text = payloads.pack(tenant_id, place(entry_id, keys, "text"), text.encode())
    if vector is not None:
        vector = payloads.pack(tenant_id, place(entry_id, keys, "vector"), vector, compress=False)
    values = (seq, entry_id, tenant_id, group, api, partition, exact, packed_text, labels, *rest, vector)
    connection.execute(f"INSERT INTO entries VALUES ({', '.join('?' * len(values))})", values)
    for form, body in connection.execute(
        "SELECT format, body FROM old_answers WHERE seq = ? ORDER BY rowid", (seq,)
    ).fetchall():
        packed = payloads.pack(tenant_id, place(entry_id, keys, f"answer:{form}"), body)
        connection.execute("INSERT INTO answers VALUES (?, ?, ?)", (seq, form, packed))


def _copy_reports(connection: sqlite3.Connection) -> None:
    connection.execute(
        """INSERT INTO reports (partition, request_key, entry_key)
           SELECT e.partition, r.exact_key, e.exact_key FROM old_reports r JOIN old_entries e ON e.seq = r.seq"""
    )


def _copy_watermarks(connection: sqlite3.Connection) -> None:
    query = "SELECT tenant_id, kind, value, keep_version, at, swept FROM old_watermarks"
    for tenant_id, kind, value, keep, at, swept in connection.execute(query).fetchall():
        name = Mark(tenant_id, Target(TargetKind(kind), value, keep), at).name
        connection.execute(
            "INSERT INTO watermarks VALUES (?, ?, ?, ?, ?, NULL, 1, ?, ?)",
            (name, tenant_id, kind, value, keep, at, swept),
        )


def _copy_policies(connection: sqlite3.Connection) -> None:
    query = "SELECT namespace, scope_width, ttl_s, modes, max_temperature, etag FROM old_policies"
    for namespace, width, ttl_s, modes, max_temperature, etag in connection.execute(query).fetchall():
        known = tuple(Mode(mode) for mode in modes.split(",") if mode)
        policy = Policy(namespace, ScopeWidth(width), ttl_s, known, max_temperature, etag)
        connection.execute("INSERT INTO policies VALUES (?, ?, ?)", (namespace, etag, policy_json(policy)))
