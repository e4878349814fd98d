"""Which entries an invalidation has taken out of service; pure.

An invalidation leaves a mark with the time of the store's clock. An entry is served only if it was stored after every
mark that names it, so what an invalidation costs does not depend on how many entries it names.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from cache_service.stores import Target, TargetKind, Vector
from cache_service.terms import Source

# Marks of one tenant; with more of them the whole tenant is marked instead. Comparing vectors costs more.
MAX_MARKS = 10_000
MAX_NEIGHBOURHOODS = 64
# A mark whose entries are deleted is still needed for answers that were asked for before it: tokens live 15 minutes.
KEPT_AFTER_SWEEP_S = 3600.0
NEVER = -math.inf


class Labelled(Protocol):
    """What an invalidation can name of an entry."""

    @property
    def tenant_id(self) -> str:
        """Whose it is."""
        ...

    @property
    def model_group(self) -> str:
        """Who answered."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the answer rests on."""
        ...


@dataclass(frozen=True)
class Mark:
    """One invalidation: what it names, of which tenant (ignored by ALL), and when it was made."""

    tenant_id: str
    target: Target
    at: float

    @property
    def name(self) -> str:
        """The same for two marks of which the later one replaces the earlier."""
        target = self.target
        tenant = "" if target.kind is TargetKind.ALL else self.tenant_id
        vector = b"" if target.vector is None else target.vector.astype("<f4").tobytes()
        parts = [tenant, target.kind.value, target.value, target.keep_version, str(target.min_similarity), vector.hex()]
        return json.dumps(parts, ensure_ascii=False)


@dataclass
class _OfTenant:
    """A tenant's marks, so that an entry is compared with those alone that can name it."""

    whole: float = NEVER
    model_groups: dict[str, float] = field(default_factory=dict)
    tags: dict[str, float] = field(default_factory=dict)
    sources: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    places: list[tuple[Vector, float, float]] = field(default_factory=list)

    def add(self, mark: Mark) -> None:
        """Takes one mark in."""
        target = mark.target
        if target.kind is TargetKind.TENANT:
            self.whole = max(self.whole, mark.at)
        elif target.kind is TargetKind.MODEL_GROUP:
            self.model_groups[target.value] = max(self.model_groups.get(target.value, NEVER), mark.at)
        elif target.kind is TargetKind.TAG:
            self.tags[target.value] = max(self.tags.get(target.value, NEVER), mark.at)
        elif target.kind is TargetKind.SOURCE:
            self.sources.setdefault(target.value, []).append((target.keep_version, mark.at))
        elif target.kind is TargetKind.NEIGHBOURHOOD and target.vector is not None:
            self.places.append((target.vector, target.min_similarity, mark.at))

    def touch(self, entry: Labelled, *, since: float, vector: Vector | None) -> bool:
        """Whether one of them names the entry and is not before `since`."""
        return (
            self.whole >= since
            or self.model_groups.get(entry.model_group, NEVER) >= since
            or any(self.tags.get(tag, NEVER) >= since for tag in entry.tags)
            or any(self._touches_source(source, since) for source in entry.sources)
            or (vector is not None and any(_is_near(place, vector, since=since) for place in self.places))
        )

    def _touches_source(self, source: Source, since: float) -> bool:
        marks = self.sources.get(source.id, ())
        return any(at >= since and (not keep or keep != source.version) for keep, at in marks)


class Watermarks:
    """The marks of all tenants as they were read once."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._all = NEVER
        self._tenants: dict[str, _OfTenant] = {}
        for mark in marks:
            if mark.target.kind is TargetKind.ALL:
                self._all = max(self._all, mark.at)
            else:
                self._tenants.setdefault(mark.tenant_id, _OfTenant()).add(mark)

    def touch(self, entry: Labelled, *, since: float, vector: Vector | None = None) -> bool:
        """Whether an invalidation at `since` or later names the entry; `since` is when it was stored or asked for."""
        if self._all >= since:
            return True
        marks = self._tenants.get(entry.tenant_id)
        return marks is not None and marks.touch(entry, since=since, vector=vector)

    def name_tenant(self, tenant_id: str) -> bool:
        """Whether an entry of this tenant can be named at all."""
        return self._all > NEVER or tenant_id in self._tenants

    def need_vector(self, tenant_id: str) -> bool:
        """Whether a neighbourhood is marked, so that `touch` must be told the entry's vector."""
        marks = self._tenants.get(tenant_id)
        return marks is not None and bool(marks.places)


def applies(target: Target, entry: Labelled, *, vector: Vector | None = None) -> bool:
    """Whether a target names an entry of its tenant; `vector` is the entry's."""
    return Watermarks([Mark(entry.tenant_id, target, 1.0)]).touch(entry, since=1.0, vector=vector)


def _is_near(place: tuple[Vector, float, float], vector: Vector, *, since: float) -> bool:
    centre, min_similarity, at = place
    return at >= since and centre.shape == vector.shape and float(centre @ vector) >= min_similarity
