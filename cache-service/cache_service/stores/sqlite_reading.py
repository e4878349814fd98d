"""Reads entries from SQLite: one by its keys or id, the vectors of a partition, near ones, pages of a tenant."""

# ruff: noqa: S608  # what is put into a statement is a constant of these modules; values go by parameters

from collections.abc import Sequence

from cache_service.calibration import Evidence, decode
from cache_service.requests import Keys
from cache_service.stores import SMALL_PARTITION, Candidates, Entry, Found, Listing, Neighbour, Page
from cache_service.stores.records import read_policy
from cache_service.stores.sqlite_rows import COLUMNS, PLACED, entry, is_touched, listed, placed, vectors
from cache_service.stores.sqlite_session import Session
from cache_service.terms import Policy

# A page looks at this many rows at most; one that finds little is short, and says where to go on.
SCANNED_FOR_A_PAGE = 5000
SCANNED_AT_ONCE = 250
# An entry with its answers, one a row: one statement, so that both are of one moment without a transaction.
EXACT = f"""SELECT {COLUMNS}, a.format, a.body FROM entries e JOIN answers a ON a.seq = e.seq
WHERE e.partition = ? AND e.exact_key = ? AND e.expires_at > ? ORDER BY a.rowid"""


def find_exact(session: Session, keys: Keys) -> Found:
    """The live entry of these keys; without one, how many live vectors the partition has, and a few of them whole."""
    rows = session.connection.execute(EXACT, (keys.partition, keys.exact, session.now())).fetchall()
    found = entry(session, rows[0][:-2], answers=[row[-2:] for row in rows]) if rows else None
    if found is not None:
        return Found(found)
    alive = (keys.partition, session.now(), SMALL_PARTITION + 1)
    condition = "e.partition = ? AND e.vector IS NOT NULL AND e.expires_at > ? LIMIT ?"
    counting = f"SELECT COUNT(*) FROM (SELECT 1 FROM entries e INDEXED BY entries_alive WHERE {condition})"
    live = session.connection.execute(counting, alive).fetchone()[0]
    if not 0 < live <= SMALL_PARTITION:
        return Found(None, live)
    rows = session.connection.execute(f"SELECT {PLACED} FROM entries e WHERE {condition}", alive).fetchall()
    numbers, matrix = vectors(session, [row for row in rows if not is_touched(session, placed(row))])
    return Found(None, len(numbers), Candidates(tuple(numbers), matrix) if numbers else None)


def neighbours(
    session: Session, keys: Keys, ranked: Sequence[tuple[int, float]], *, count: int
) -> tuple[Neighbour, ...]:
    """The first `count` live entries among ranked rows."""
    slots = ", ".join("?" * len(ranked))
    # The plus signs keep SQLite from going through an index of the whole partition instead of to these few rows.
    rows = session.connection.execute(
        f"SELECT {COLUMNS} FROM entries e WHERE e.seq IN ({slots}) AND +e.expires_at > ? AND +e.partition = ?",
        (*(seq for seq, _ in ranked), session.now(), keys.partition),
    ).fetchall()
    by_number = {row[0]: row for row in rows}
    found: list[Neighbour] = []
    for seq, similarity in ranked:
        made = entry(session, by_number[seq]) if seq in by_number else None
        if made is None:
            continue
        found.append(Neighbour(made, similarity, _is_reported(session, keys, made.keys)))
        if len(found) == count:
            break
    return tuple(found)


def _is_reported(session: Session, request: Keys, found: Keys) -> bool:
    query = "SELECT 1 FROM reports WHERE partition = ? AND request_key = ? AND entry_key = ?"
    return session.connection.execute(query, (request.partition, request.exact, found.exact)).fetchone() is not None


def find_entry(session: Session, tenant_id: str, entry_id: str) -> Entry | None:
    """A tenant's live entry by its id, with its answers."""
    row = session.connection.execute(
        f"SELECT {COLUMNS} FROM entries e WHERE e.entry_id = ? AND e.tenant_id = ? AND e.expires_at > ?",
        (entry_id, tenant_id, session.now()),
    ).fetchone()
    return None if row is None else entry(session, row)


def find_numbers(session: Session, numbers: Sequence[int]) -> tuple[Entry, ...]:
    """The entries of these rows without their answers, invalidated ones among them left out."""
    found = []
    for seq in numbers:
        row = session.connection.execute(f"SELECT {COLUMNS} FROM entries e WHERE e.seq = ?", (seq,)).fetchone()
        made = None if row is None else listed(session, row)
        if made is not None:
            found.append(made)
    return tuple(found)


def list_entries(session: Session, tenant_id: str, listing: Listing) -> Page:
    """A page of a tenant's live entries, newest first; texts may be sealed, so that rows are looked through here."""
    before, found, scanned = listing.before or 2**62, list[tuple[int, Entry]](), 0
    more = True
    while more and len(found) <= listing.limit and scanned < SCANNED_FOR_A_PAGE:
        rows = session.connection.execute(
            f"""SELECT {COLUMNS} FROM entries e WHERE e.tenant_id = ? AND e.seq < ? AND e.expires_at > ?
                ORDER BY e.seq DESC LIMIT ?""",
            (tenant_id, before, session.now(), SCANNED_AT_ONCE),
        ).fetchall()
        made = ((row[0], listed(session, row)) for row in rows)
        found += [(seq, item) for seq, item in made if item is not None and _is_listed(item, listing)]
        scanned += len(rows)
        more = len(rows) == SCANNED_AT_ONCE
        before = rows[-1][0] if rows else before
    entries = tuple(item for _, item in found[: listing.limit])
    if len(found) > listing.limit:
        return Page(entries, found[listing.limit - 1][0])
    return Page(entries, before if more else 0)


def _is_listed(item: Entry, listing: Listing) -> bool:
    return (
        listing.model_group in ("", item.model_group)
        and (not listing.tag or listing.tag in item.tags)
        and listing.contains.lower() in item.key_text.lower()
    )


def count_untouched(session: Session, tenant_id: str) -> int | None:
    """How many live entries a tenant has; None where its invalidations have to be asked about each."""
    if session.marks.name_tenant(tenant_id):
        return None
    query = "SELECT COUNT(*) FROM entries WHERE tenant_id = ? AND expires_at > ?"
    return int(session.connection.execute(query, (tenant_id, session.now())).fetchone()[0])


def find_policy(session: Session, namespace: str) -> Policy | None:
    """The policy of a namespace."""
    query = "SELECT document FROM policies WHERE namespace = ?"
    row = session.connection.execute(query, (namespace,)).fetchone()
    return None if row is None else read_policy(row[0])


def find_evidence(session: Session, namespace: str, embedder: str) -> Evidence | None:
    """What was observed; None for nothing, or for what a release before wrote otherwise."""
    query = "SELECT observed FROM evidence WHERE namespace = ? AND embedder = ?"
    row = session.connection.execute(query, (namespace, embedder)).fetchone()
    try:
        return None if row is None else decode(row[0])
    except ValueError:
        return None
