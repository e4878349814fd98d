"""The bounds of marks, and when they go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cache_service.stores import Target, TargetKind
from cache_service.stores.payloads import PLAIN
from cache_service.stores.sqlite_invalidating import add_mark, sweep_expired, swept
from cache_service.stores.sqlite_schema import connect, prepare
from cache_service.stores.sqlite_session import Session, StoreClock
from cache_service.stores.watermarks import KEPT_AFTER_SWEEP_S, MAX_MARKS, MAX_NEIGHBOURHOODS
from fakes_cache import Clock
from fakes_entries import unit
from grpc_serving.errors import Overloaded


@pytest.fixture
def clock() -> Clock:
    """The machine's clock."""
    return Clock()


@pytest.fixture
def session(tmp_path: Path, clock: Clock) -> Iterator[Session]:
    """On an empty file."""
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    made = Session(connect(path, busy_timeout_ms=100), PLAIN, StoreClock(clock))
    yield made
    made.connection.close()


def test_the_same_target_has_one_mark(session: Session, clock: Clock) -> None:
    """The latest."""
    for _ in range(3):
        clock.advance(1)
        add_mark(session, "acme", Target(TargetKind.TAG, "red"))
    (mark,) = session.read_marks(swept=True)
    assert mark.at == clock.now


def test_beyond_the_bound_the_whole_tenant_is_marked(session: Session) -> None:
    """Other tenants' marks stay."""
    add_mark(session, "umbrella", Target(TargetKind.TAG, "red"))
    session.connection.execute("BEGIN")
    session.connection.executemany(
        "INSERT INTO watermarks VALUES (?, 'acme', 'tag', ?, '', NULL, 1, 1, 0)",
        [(str(number), str(number)) for number in range(MAX_MARKS)],
    )
    session.connection.execute("COMMIT")
    add_mark(session, "acme", Target(TargetKind.TAG, "one too many"))
    marks = {(mark.tenant_id, mark.target.kind) for mark in session.read_marks(swept=True)}
    assert marks == {("umbrella", TargetKind.TAG), ("acme", TargetKind.TENANT)}


def test_too_many_neighbourhoods_are_refused(session: Session) -> None:
    """Each lookup compares its candidates with all of them."""
    for number in range(MAX_NEIGHBOURHOODS):
        add_mark(session, "acme", Target(TargetKind.NEIGHBOURHOOD, vector=unit(1, number), min_similarity=0.9))
    target = Target(TargetKind.NEIGHBOURHOOD, vector=unit(0, 0, 1), min_similarity=0.9)
    with pytest.raises(Overloaded, match=f"{MAX_NEIGHBOURHOODS} neighbourhoods"):
        add_mark(session, "acme", target)
    add_mark(session, "umbrella", target)


def test_a_mark_goes_an_hour_after_its_entries(session: Session, clock: Clock) -> None:
    """Not before, and never while some may be left."""
    add_mark(session, "acme", Target(TargetKind.TAG, "red"))
    add_mark(session, "acme", Target(TargetKind.TAG, "blue"))
    swept(session, [mark for mark in session.read_marks(swept=True) if mark.target.value == "red"])
    clock.advance(KEPT_AFTER_SWEEP_S)
    sweep_expired(session)
    assert len(session.read_marks(swept=True)) == 2
    clock.advance(1)
    sweep_expired(session)
    assert [mark.target.value for mark in session.read_marks(swept=True)] == ["blue"]


def test_a_mark_made_again_during_a_sweep_is_swept_again(session: Session, clock: Clock) -> None:
    """The sweep that ends was about the earlier one."""
    add_mark(session, "acme", Target(TargetKind.TAG, "red"))
    earlier = session.read_marks(swept=False)
    clock.advance(1)
    add_mark(session, "acme", Target(TargetKind.TAG, "red"))
    swept(session, earlier)
    assert len(session.read_marks(swept=False)) == 1
