"""Chooses among near entries the one that may be served, and says of the others why they may not; pure but for its memory.

The candidate is the nearest entry that nothing forbids but, perhaps, its similarity. Whether it is served depends on the
error bound at its similarity and support: what the other near entries say, see `support_of`.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cache_service import collision
from cache_service.agreement import Agreement, AnswerText, compare, read_text
from cache_service.calibration import FLOOR, Calibration, Support
from cache_service.guards import first_veto
from cache_service.languages import guards_speak
from cache_service.lookups import NearMiss
from cache_service.responses import answer_text
from cache_service.stores import Entry, Neighbour
from cache_service.terms import Veto

# Entries this much farther away than the candidate still say something of it.
SUPPORT_WITHIN = 0.3
# Where the guards do not speak the language, this share of the budget is in force.
UNSPOKEN_SHARE = 0.5
MAX_READ_ANSWERS = 1_024


@dataclass(frozen=True)
class Ruling:
    """What is in force for one lookup."""

    calibration: Calibration
    budget: float
    min_similarity: float


@dataclass(frozen=True)
class Candidate:
    """The nearest entry that the guards let pass, its error bound, and why it is not served; None: it may be."""

    near: Neighbour
    support: Support
    bound: float
    veto: Veto | None


@dataclass(frozen=True)
class Choice:
    """The candidate, if there is one, and the entries that were refused before it."""

    candidate: Candidate | None
    refused: tuple[NearMiss, ...]


class Candidates:
    """Chooses, and remembers the texts of answers so that each is read once."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[str, float], AnswerText] = OrderedDict()

    def choose(self, query: str, neighbours: Sequence[tuple[Neighbour, Veto | None]], ruling: Ruling) -> Choice:
        """Looks at near entries, nearest first; each comes with what already speaks against it."""
        refused: list[NearMiss] = []
        for near, known in neighbours:
            veto = known or forbidden(query, near)
            if veto is None:
                return Choice(self._judged(query, near, [other for other, _ in neighbours], ruling), tuple(refused))
            if near.similarity >= FLOOR:
                refused.append(NearMiss(near.entry.entry_id, near.similarity, veto))
        return Choice(None, tuple(refused))

    def support_of(self, query: str, near: Neighbour, neighbours: Sequence[Neighbour]) -> Support:
        """What the other near entries say: another answer, the same one, or nothing.

        One with another answer that a guard keeps from this request says nothing: the guard has told them apart.
        """
        support = Support.ALONE
        for other in neighbours:
            if other.entry.entry_id == near.entry.entry_id or other.similarity < near.similarity - SUPPORT_WITHIN:
                continue
            agreement = compare(self.text_of(near.entry), self.text_of(other.entry))
            if agreement is Agreement.DIFFERENT and first_veto(query, other.entry.key_text) is None:
                return Support.DISPUTED
            if agreement is Agreement.SAME:
                support = Support.AGREED
        return support

    def text_of(self, entry: Entry) -> AnswerText:
        """The text of an entry's answer."""
        key = (entry.entry_id, entry.stored_at)
        known = self._texts.get(key)
        if known is None:
            known = self._texts[key] = read_text(next(filter(None, map(answer_text, entry.answers)), ""))
            while len(self._texts) > MAX_READ_ANSWERS:
                self._texts.popitem(last=False)
        return known

    def _judged(self, query: str, near: Neighbour, neighbours: Sequence[Neighbour], ruling: Ruling) -> Candidate:
        support = self.support_of(query, near, neighbours)
        bound = ruling.calibration.bound(near.similarity, support)
        veto = next(_too_unsure(query, near, bound, ruling), None)
        return Candidate(near, support, bound, veto)


def forbidden(query: str, near: Neighbour) -> Veto | None:
    """What forbids an entry whatever the budget, cheap reasons first."""
    if near.similarity < FLOOR:
        return Veto.SIMILARITY
    if near.reported:
        return Veto.REPORTED
    if collision.difference(query, near.entry.key_text, near.similarity) is not None:
        return Veto.COLLISION
    return first_veto(query, near.entry.key_text)


def budget_for(query: str, budget: float) -> float:
    """The budget in force for a text: less of it where the guards do not speak its language."""
    return budget if guards_speak(query) else budget * UNSPOKEN_SHARE


def _too_unsure(query: str, near: Neighbour, bound: float, ruling: Ruling) -> Iterator[Veto]:
    if near.similarity < ruling.min_similarity:
        yield Veto.SIMILARITY
    if bound > budget_for(query, ruling.budget):
        yield Veto.ERROR_BOUND
