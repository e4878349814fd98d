"""The order of the guards."""

from cache_service.guards import first_veto, verdicts
from cache_service.terms import Veto


def test_a_pair_that_differs_in_nothing_guarded_passes() -> None:
    """Every guard says so by name."""
    seen = list(verdicts("How do I cancel?", "How can I cancel?"))
    assert [verdict.name for verdict in seen] == ["numbers", "negation"]
    assert first_veto("How do I cancel?", "How can I cancel?") is None
    assert all(verdict.veto is None and not verdict.detail for verdict in seen)


def test_each_guard_vetoes_with_its_own_word_and_says_what_differs() -> None:
    """The first guard that vetoes counts."""
    assert first_veto("within 5 days", "within 6 days") is Veto.NUMBERS
    assert first_veto("it works", "it never works") is Veto.NEGATION
    assert first_veto("it works in 5 days", "it never works in 6 days") is Veto.NUMBERS
    assert next(verdicts("within 5 days", "within 6 days")).detail == "5 d / 6 d"
