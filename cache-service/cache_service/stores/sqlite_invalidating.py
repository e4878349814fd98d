"""Invalidates in SQLite: writes marks, counts what a target names, deletes what was marked."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

from collections.abc import Sequence

from cache_service.stores import Target, TargetKind
from cache_service.stores.sqlite_rows import PLACED, Placed, is_touched, placed, vector_of
from cache_service.stores.sqlite_session import MARK_PLACE, Session
from cache_service.stores.sqlite_writing import transaction
from cache_service.stores.watermarks import KEPT_AFTER_SWEEP_S, MAX_MARKS, MAX_NEIGHBOURHOODS, Mark, Watermarks, applies
from grpc_serving.errors import Overloaded

BATCH = 500
COUNTS_KEPT_S = 8 * 86400.0
EVIDENCE_KEPT_S = 90 * 86400.0


def add_mark(session: Session, tenant_id: str, target: Target) -> Watermarks:
    """Takes what the target names out of service; gives back the marks of before."""
    with transaction(session):
        before = session.marks
        _keep_bounded(session, tenant_id, target)
        count = "SELECT COUNT(*) FROM watermarks WHERE tenant_id = ?"
        if session.connection.execute(count, (tenant_id,)).fetchone()[0] >= MAX_MARKS:
            target = Target(TargetKind.TENANT)
            session.connection.execute("DELETE FROM watermarks WHERE tenant_id = ? AND kind <> 'all'", (tenant_id,))
        mark = Mark(tenant_id, target, session.now())
        packed = None
        if target.vector is not None:
            packed = session.payloads.pack(tenant_id, MARK_PLACE, target.vector.astype("<f4").tobytes(), compress=False)
        session.connection.execute(
            "INSERT OR REPLACE INTO watermarks VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                mark.name, tenant_id, target.kind.value, target.value, target.keep_version,
                packed, target.min_similarity, mark.at,
            ),
        )  # fmt: skip
        _changed(session)
        return before


def _keep_bounded(session: Session, tenant_id: str, target: Target) -> None:
    """Every lookup compares its candidates with the neighbourhoods that are not swept yet."""
    if target.kind is not TargetKind.NEIGHBOURHOOD:
        return
    count = "SELECT COUNT(*) FROM watermarks WHERE tenant_id = ? AND kind = ?"
    marked = session.connection.execute(count, (tenant_id, target.kind.value)).fetchone()[0]
    if marked >= MAX_NEIGHBOURHOODS:
        raise Overloaded(f"invalidate: {marked} neighbourhoods of this tenant are marked", retry_after_s=60.0)


def _changed(session: Session) -> None:
    session.connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'marks'")
    session.reread()


def delete_entry(session: Session, tenant_id: str, entry_id: str) -> None:
    """Deletes one entry at once."""
    with transaction(session):
        session.connection.execute("DELETE FROM entries WHERE entry_id = ? AND tenant_id = ?", (entry_id, tenant_id))


def matching(
    session: Session, target: Target, *, tenant_id: str, before: int, marks: Watermarks | None
) -> tuple[int, list[int]]:
    """One chunk of rows older than `before`: where it ends (0: at the last), and which the target names newly."""
    whose = "" if target.kind is TargetKind.ALL else "e.tenant_id = ? AND"
    parameters = (*([tenant_id] if whose else []), before, session.now(), BATCH)
    rows = session.connection.execute(
        f"SELECT {PLACED} FROM entries e WHERE {whose} e.seq < ? AND e.expires_at > ? ORDER BY e.seq DESC LIMIT ?",
        parameters,
    ).fetchall()
    found = [row.seq for row in map(placed, rows) if _is_named(session, target, row, marks=marks or session.marks)]
    return (rows[-1][0] if len(rows) == BATCH else 0), found


def _is_named(session: Session, target: Target, row: Placed, *, marks: Watermarks) -> bool:
    near = target.kind is TargetKind.NEIGHBOURHOOD or marks.need_vector(row.tenant_id)
    vector = vector_of(session, row) if near else None
    return applies(target, row, vector=vector) and not marks.touch(row, since=row.stored_at, vector=vector)


def sweep_expired(session: Session) -> int:
    """Deletes one batch of expired entries, and what is too old to matter of the rest."""
    with transaction(session):
        now = session.now()
        expired = "SELECT seq FROM entries WHERE expires_at <= ? LIMIT ?"
        gone = session.connection.execute(f"DELETE FROM entries WHERE seq IN ({expired})", (now, BATCH)).rowcount
        session.connection.execute("DELETE FROM counts WHERE minute < ?", (int((now - COUNTS_KEPT_S) // 60),))
        session.connection.execute("DELETE FROM evidence WHERE at < ?", (now - EVIDENCE_KEPT_S,))
        done = "DELETE FROM watermarks WHERE swept = 1 AND at < ?"
        if session.connection.execute(done, (now - KEPT_AFTER_SWEEP_S,)).rowcount:
            _changed(session)
        return gone


def marked_rows(session: Session, marks: Sequence[Mark], *, after: int) -> tuple[int, list[int]]:
    """One chunk of rows from `after` on: where it ends (0: at the last), and which of them were invalidated."""
    whose = "" if any(mark.target.kind is TargetKind.ALL for mark in marks) else _whose(marks)
    tenants = sorted({mark.tenant_id for mark in marks}) if whose else []
    rows = session.connection.execute(
        f"SELECT {PLACED} FROM entries e WHERE {whose} e.seq > ? ORDER BY e.seq LIMIT ?", (*tenants, after, BATCH)
    ).fetchall()
    dead = [row.seq for row in map(placed, rows) if is_touched(session, row)]
    return (rows[-1][0] if len(rows) == BATCH else 0), dead


def _whose(marks: Sequence[Mark]) -> str:
    return f"e.tenant_id IN ({', '.join('?' * len({mark.tenant_id for mark in marks}))}) AND"


def delete_rows(session: Session, numbers: Sequence[int]) -> int:
    """Deletes these rows; how many were still there."""
    with transaction(session):
        slots = ", ".join("?" * len(numbers))
        return session.connection.execute(f"DELETE FROM entries WHERE seq IN ({slots})", tuple(numbers)).rowcount


def swept(session: Session, marks: Sequence[Mark]) -> None:
    """Remembers that all that these marks name is deleted."""
    with transaction(session):
        session.connection.executemany(
            "UPDATE watermarks SET swept = 1 WHERE name = ? AND at = ?", [(mark.name, mark.at) for mark in marks]
        )
