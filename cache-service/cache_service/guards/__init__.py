"""The guards: each looks at two texts and vetoes when they may not share an answer, however near their vectors are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cache_service.guards import antonyms, constraints, direction, entities, negation, numbers, substitution
from cache_service.guards import format as output_format
from cache_service.terms import Veto

# In order, cheap ones first. A guard returns what differs, or None.
GUARDS: tuple[tuple[str, Veto, Callable[[str, str], str | None]], ...] = (
    ("numbers", Veto.NUMBERS, numbers.difference),
    ("negation", Veto.NEGATION, negation.difference),
    ("antonyms", Veto.ANTONYM, antonyms.difference),
    ("entities", Veto.ENTITY, entities.difference),
    ("direction", Veto.DIRECTION, direction.difference),
    ("format", Veto.FORMAT, output_format.difference),
    ("constraints", Veto.CONSTRAINT, constraints.difference),
    ("substitution", Veto.ENTITY, substitution.difference),
)


@dataclass(frozen=True)
class GuardVerdict:
    """What one guard says of a pair; no veto: it lets the pair pass."""

    name: str
    veto: Veto | None
    detail: str


def verdicts(one: str, other: str) -> Iterator[GuardVerdict]:
    """The verdict of each guard in order."""
    for name, veto, difference in GUARDS:
        detail = difference(one, other)
        yield GuardVerdict(name, veto if detail is not None else None, detail or "")


def first_veto(one: str, other: str) -> Veto | None:
    """The first veto, None when all guards let the pair pass."""
    return next((verdict.veto for verdict in verdicts(one, other) if verdict.veto is not None), None)
