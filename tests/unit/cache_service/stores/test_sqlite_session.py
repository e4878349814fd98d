"""What a connection knows of the file."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.stores import Target, TargetKind
from cache_service.stores.payloads import PLAIN, Payloads
from cache_service.stores.sqlite_invalidating import add_mark
from cache_service.stores.sqlite_schema import connect, prepare
from cache_service.stores.sqlite_session import Session, StoreClock
from fakes_cache import Clock
from fakes_entries import new, unit


@pytest.fixture
def clock() -> Clock:
    """The machine's clock."""
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Iterator[tuple[Session, Session]]:
    """Two on one file, as two processes have them."""
    path = prepare(tmp_path, busy_timeout_ms=100, payloads=PLAIN)
    made = [Session(connect(path, busy_timeout_ms=100), PLAIN, StoreClock(clock)) for _ in range(2)]
    yield made[0], made[1]
    for session in made:
        session.connection.close()


@given(st.lists(st.floats(-1e6, 1e6)))
def test_the_clock_is_behind_nothing_it_has_seen(seen: list[float]) -> None:
    """And moves on from there with the machine."""
    machine = Clock(0.0)
    clock = StoreClock(machine)
    for at in seen:
        clock.saw(at)
    assert clock.now() == pytest.approx(max([0.0, *seen]))
    machine.advance(5)
    assert clock.now() == pytest.approx(max([0.0, *seen]) + 5)


def test_marks_of_another_process_are_read(sessions: tuple[Session, Session], clock: Clock) -> None:
    """With the next refresh; only then are they read at all."""
    one, other = sessions
    other.refresh()
    before = other.marks
    other.refresh()
    assert other.marks is before
    add_mark(one, "acme", Target(TargetKind.TAG, "red"))
    other.refresh()
    assert other.marks.touch(new(clock, tags=("red",)), since=clock.now)
    assert not other.marks.touch(new(clock, tags=("blue",)), since=clock.now)


def test_a_neighbourhood_comes_back(sessions: tuple[Session, Session]) -> None:
    """With its vector and its similarity."""
    one, other = sessions
    add_mark(one, "acme", Target(TargetKind.NEIGHBOURHOOD, vector=unit(1, 2), min_similarity=0.9))
    other.refresh()
    (mark,) = other.read_marks(swept=True)
    assert mark.target.vector is not None
    assert np.array_equal(mark.target.vector, unit(1, 2))
    assert mark.target.min_similarity == 0.9


def test_a_neighbourhood_that_cannot_be_opened_is_the_whole_tenant(sessions: tuple[Session, Session]) -> None:
    """What was to go must not come back because a key was lost."""
    one, other = sessions
    add_mark(one, "acme", Target(TargetKind.NEIGHBOURHOOD, vector=unit(1), min_similarity=0.9))
    other.payloads = Payloads([bytes(32)])
    other.refresh()
    (mark,) = other.read_marks(swept=True)
    assert mark.target == Target(TargetKind.TENANT)
