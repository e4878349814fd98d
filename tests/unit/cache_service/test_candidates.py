"""Which near entry may be served."""

import pytest

from cache_service.calibration import SUPPORTS, Calibration, Support, no_evidence, observed
from cache_service.candidates import UNSPOKEN_SHARE, Candidates, Ruling, budget_for
from cache_service.requests import Keys
from cache_service.stores import Entry, Neighbour
from cache_service.terms import Veto
from fakes_cache import chat_answer, open_evidence

QUERY = "How do I cancel my running order"
OPEN = Ruling(Calibration(open_evidence()), 0.03, 0.7)


def near(name: str, similarity: float, *, text: str = f"{QUERY} please", answer: str = "A.") -> Neighbour:
    """An entry by name."""
    keys = Keys(b"p" * 32, name.encode().ljust(32, b"."))
    entry = Entry(name, "acme", "gpt-4o", "chat", keys, text, 0.0, 60.0, answers=(chat_answer(answer),))
    return Neighbour(entry, similarity, reported=False)


def choose(*neighbours: Neighbour, ruling: Ruling = OPEN, query: str = QUERY) -> tuple[str, Veto | None, list[Veto]]:
    """The candidate's name, why it is not served, and what spoke against those before it."""
    choice = Candidates().choose(query, [(one, None) for one in neighbours], ruling)
    refused = [one.veto for one in choice.refused]
    if choice.candidate is None:
        return "", None, refused
    return choice.candidate.near.entry.entry_id, choice.candidate.veto, refused


def test_the_nearest_that_nothing_forbids_is_the_candidate() -> None:
    """Those before it come back with what forbids them."""
    denied = near("a", 0.98, text="How do I not cancel my running order")
    assert choose(denied, near("b", 0.9), near("c", 0.85)) == ("b", None, [Veto.NEGATION])


def test_what_is_far_is_no_candidate() -> None:
    """Nor worth telling."""
    assert choose(near("a", 0.6)) == ("", None, [])


def test_what_is_known_already_comes_first() -> None:
    """Too old, say."""
    choice = Candidates().choose(QUERY, [(near("a", 0.95), Veto.AGE)], OPEN)
    assert (choice.candidate, choice.refused[0].veto) == (None, Veto.AGE)


def test_a_reported_pair_is_no_candidate() -> None:
    """Whatever the evidence says."""
    one = near("a", 0.95)
    reported = Neighbour(one.entry, one.similarity, reported=True)
    assert choose(reported) == ("", None, [Veto.REPORTED])


def test_the_bound_and_the_floor_decide_on_the_candidate() -> None:
    """In the ruling of the lookup."""
    assert choose(near("a", 0.75)) == ("a", Veto.ERROR_BOUND, [])
    strict = Ruling(OPEN.calibration, 0.03, 0.97)
    assert choose(near("a", 0.95), ruling=strict) == ("a", Veto.SIMILARITY, [])


@pytest.mark.parametrize(
    ("others", "support"),
    [
        ([], Support.ALONE),
        ([("b", 0.85, "A.")], Support.AGREED),
        ([("b", 0.85, "B.")], Support.DISPUTED),
        ([("b", 0.9, "A."), ("c", 0.85, "B.")], Support.DISPUTED),
        ([("b", 0.55, "B.")], Support.ALONE),
    ],
)
def test_support_is_what_the_other_near_entries_say(others: list[tuple[str, float, str]], support: Support) -> None:
    """Another answer disputes, the same one agrees, and what is far says nothing."""
    one = near("a", 0.95)
    rest = [near(name, similarity, answer=answer) for name, similarity, answer in others]
    assert Candidates().support_of(QUERY, one, [one, *rest]) is support


def test_an_entry_that_a_guard_tells_apart_disputes_nothing() -> None:
    """Its other answer belongs to its other question."""
    one, apart = near("a", 0.95), near("b", 0.94, text="How do I not cancel my running order", answer="B.")
    assert Candidates().support_of(QUERY, one, [one, apart]) is Support.ALONE


def test_a_disputed_candidate_needs_evidence_of_its_own() -> None:
    """What agreed ones earned does not open it."""
    evidence = no_evidence()
    for _ in range(300):
        evidence += observed(0.9, wrong=False, support=Support.AGREED)
    ruling = Ruling(Calibration(evidence), 0.03, 0.7)
    assert choose(near("a", 0.9), near("b", 0.9), ruling=ruling) == ("a", None, [])
    assert choose(near("a", 0.9), near("b", 0.9, answer="B."), ruling=ruling) == ("a", Veto.ERROR_BOUND, [])


def test_a_language_that_the_guards_do_not_speak_gets_less_of_the_budget() -> None:
    """They would not see what differs."""
    assert budget_for(QUERY, 0.04) == 0.04
    assert budget_for("¿Cómo puedo cancelar el pedido de mi cuenta?", 0.04) == 0.04 * UNSPOKEN_SHARE


def test_answers_are_read_once_and_the_memory_is_bounded() -> None:
    """By entry and time of storing."""
    candidates = Candidates()
    assert candidates.text_of(near("a", 0.9).entry) is candidates.text_of(near("a", 0.9).entry)
    for index in range(2000):
        candidates.text_of(near(str(index), 0.9).entry)
    assert len(candidates._texts) <= 1024
    assert len(SUPPORTS) == 3
