"""A file of the release before."""

import sqlite3
from pathlib import Path

import pytest

from cache_service.stores import StoreOptions
from cache_service.stores.payloads import PLAIN, Payloads
from cache_service.stores.sqlite import SqliteStore
from cache_service.stores.sqlite_schema import FILE_NAME, prepare
from cache_service.terms import Answer, Mode, Policy, Saved, ScopeWidth, Source
from fakes_cache import Clock
from fakes_entries import PARTITION, key, new, unit

VERSION_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, entry_id TEXT NOT NULL UNIQUE, tenant_id TEXT NOT NULL, model_group TEXT NOT NULL,
  api TEXT NOT NULL, partition BLOB NOT NULL, exact_key BLOB NOT NULL, key_text TEXT NOT NULL, stored_at REAL NOT NULL,
  expires_at REAL NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, cost_usd REAL NOT NULL,
  hits INTEGER NOT NULL DEFAULT 0, vector BLOB, UNIQUE (partition, exact_key)
);
CREATE INDEX entries_by_partition ON entries (partition, seq) WHERE vector IS NOT NULL;
CREATE INDEX entries_by_expiry ON entries (expires_at);
CREATE INDEX entries_by_tenant ON entries (tenant_id, seq);
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN UPDATE meta SET value = value + 1 WHERE name = 'entries'; END;
CREATE TRIGGER entry_gone AFTER DELETE ON entries BEGIN UPDATE meta SET value = value - 1 WHERE name = 'entries'; END;
CREATE TABLE answers (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, format TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (seq, format)
);
CREATE TABLE tags (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (seq, tag)
) WITHOUT ROWID;
CREATE TABLE sources (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, id TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (seq, id, version)
) WITHOUT ROWID;
CREATE TABLE reports (
  seq INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE, exact_key BLOB NOT NULL, PRIMARY KEY (seq, exact_key)
) WITHOUT ROWID;
CREATE TABLE watermarks (
  tenant_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, keep_version TEXT NOT NULL,
  at REAL NOT NULL, swept INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (tenant_id, kind, value, keep_version)
) WITHOUT ROWID;
CREATE TABLE policies (
  namespace TEXT PRIMARY KEY, scope_width TEXT NOT NULL, ttl_s REAL NOT NULL, modes TEXT NOT NULL,
  max_temperature REAL NOT NULL, etag TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE counts (
  tenant_id TEXT NOT NULL, minute INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (tenant_id, minute, name)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema_version', 1), ('entries', 0);
"""


def make_version_1(folder: Path, clock: Clock) -> None:
    """A file as the release before left it: two entries, one of them invalidated, a report, a policy, counts."""
    connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    connection.executescript(f"PRAGMA journal_mode = WAL; {VERSION_1}")
    for seq, name, vector in ((3, "q", unit(1).tobytes()), (5, "dead", None)):
        connection.execute(
            "INSERT INTO entries VALUES (?, ?, 'acme', 'gpt-4o', 'chat', ?, ?, 'the question', ?, ?, 7, 3, 0.25, 2, ?)",
            (seq, f"id-{name}", PARTITION, key(name).exact, clock.now, clock.now + 60, vector),
        )
        connection.execute("INSERT INTO answers VALUES (?, 'chat', ?)", (seq, b"plain answer " * 100))
    connection.executescript(
        "INSERT INTO tags VALUES (3, 'a'), (5, 'red'); INSERT INTO sources VALUES (3, 'doc', 'v1');"
    )
    connection.execute("INSERT INTO reports VALUES (3, ?)", (key("x").exact,))
    connection.execute("INSERT INTO watermarks VALUES ('acme', 'tag', 'red', '', ?, 0)", (clock.now,))
    connection.execute("INSERT INTO policies VALUES ('acme', 'key', 90, 'exact,off', 0.5, 'etag')")
    connection.execute("INSERT INTO counts VALUES ('acme', ?, 'misses', 4)", (int(clock.now // 60),))
    connection.close()


@pytest.mark.parametrize("payloads", [PLAIN, Payloads([bytes(32)])])
async def test_a_file_of_version_1_is_brought_up_to_date(tmp_path: Path, payloads: Payloads) -> None:
    """Everything that can be served is served as before; where a key is set it is sealed."""
    clock = Clock()
    make_version_1(tmp_path, clock)
    store = await SqliteStore.open(StoreOptions(tmp_path, payloads=payloads), clock=clock)
    found = (await store.exact(key("q"))).entry
    assert found is not None
    assert (found.entry_id, found.key_text, found.saved, found.hits) == ("id-q", "the question", Saved(7, 3, 0.25), 2)
    assert (found.tags, found.sources) == (("a",), (Source("doc", "v1"),))
    assert found.answers == (Answer("chat", b"plain answer " * 100),)
    (near,) = await store.nearest(key("x"), unit(1), count=4, among=None)
    assert (near.similarity, near.reported) == (pytest.approx(1.0), True)
    assert (await store.exact(key("dead"))).entry is None
    assert await store.policy("acme") == Policy("acme", ScopeWidth.KEY, 90, (Mode.EXACT, Mode.OFF), 0.5, "etag")
    assert await store.usage("acme", window_s=60) == {"misses": 4.0}
    assert await store.put(new(clock, "more")) is not None
    assert await store.count("acme") == 2
    await store.close()
    content = (tmp_path / FILE_NAME).read_bytes()
    assert (b"plain answer" in content or b"the question" in content) == (payloads is PLAIN)


def test_a_second_start_migrates_nothing(tmp_path: Path) -> None:
    """And a migration that fails leaves the file as it was."""
    make_version_1(tmp_path, Clock())
    with pytest.raises(ZeroDivisionError):
        prepare(tmp_path, busy_timeout_ms=100, payloads=Broken())
    prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute("SELECT COUNT(*) FROM entries").fetchone() == (2,)
    assert dict(connection.execute("SELECT name, value FROM meta"))["entries"] == 2
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert not [name for name in tables if name.startswith("old_")]
    connection.close()


class Broken(Payloads):
    """Fails on the vector, midway."""

    def pack(self, tenant_id: str, aad: bytes, data: bytes, *, compress: bool = True) -> bytes:
        """Fails for what is not compressed."""
        return bytes(1 // compress) + super().pack(tenant_id, aad, data)
