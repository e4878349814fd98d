"""Entries and keys for the tests of entry stores."""

from dataclasses import replace

import numpy as np

from cache_service.requests import Keys
from cache_service.stores import (
    NewEntry,
    Vector,
)
from cache_service.terms import Answer
from fakes_cache import Clock

PARTITION, OTHER_PARTITION = b"p" * 32, b"o" * 32


def unit(*values: float) -> Vector:
    """A unit vector of four dimensions."""
    vector = np.zeros(4, np.float32)
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def key(name: str, partition: bytes = PARTITION) -> Keys:
    """The keys of a request by name."""
    return Keys(partition, name.encode().ljust(32, b"."))


NEW = NewEntry("acme", "gpt-4o", "chat", key("q"), "the question", Answer("chat", b"body"), 0.0, 60.0)


def new(clock: Clock, name: str = "q", **changes: object) -> NewEntry:
    """An entry that was asked for just now."""
    return replace(NEW, keys=key(name), asked_at=clock.now, **changes)  # type: ignore[arg-type]
