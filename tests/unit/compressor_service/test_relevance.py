"""Scores."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.relevance import score_units
from compressor_service.structure import parse
from compressor_service.units import build_units
from fakes_compressor import COUNTER, RECIPES, wild_texts


def ranked(text: str, query: str) -> list[str]:
    """Return the units that can be chosen, best first."""
    layout = parse(text)
    units = build_units(text, layout, count=COUNTER.count)
    scores = score_units(text, units, query, dialogue=layout.dialogue)
    order = sorted((i for i, unit in enumerate(units) if unit.selectable), key=lambda i: (-scores[i], i))
    return [text[units[i].start : units[i].end] for i in order]


def test_the_sentence_that_answers_comes_first() -> None:
    """Shared words decide, folded."""
    assert ranked(RECIPES, "When are the gates closed in the evening?")[0].startswith("The gate closes at 22:15")
    assert ranked(RECIPES, "How much did renewing the kitchen cost?")[0].startswith("The kitchen was renewed in 2019")


def test_a_sentence_that_limits_another_follows_it() -> None:
    """The exception comes right behind the rule although it shares no word with the question."""
    assert ranked(RECIPES, "When does the gate close?")[1].startswith("However, this does not apply on market days")


def test_a_heading_lends_its_words_to_its_section() -> None:
    """A section about what was asked beats one that is not."""
    text = "# Refunds\n\nThey take five days.\n\n# Parking\n\nThey take ten marks."
    assert ranked(text, "How long do refunds take?")[0] == "They take five days."


def test_a_second_hop_follows_the_names() -> None:
    """A sentence that shares no word with the question is found through the name that leads to it."""
    filler = "\n\n".join(f"The weather on day {n} was fair and calm." for n in range(8))
    text = f"The bridge was designed by Ilse Brandt.\n\n{filler}\n\nMs. Brandt studied law in Graz."
    assert "Ms. Brandt studied law in Graz." in ranked(text, "Who designed the bridge?")[:3]


def test_in_a_dialogue_the_neighbourhood_counts() -> None:
    """Turns around the one that names the subject rank above distant ones."""
    talk = [f"Ann: Item {n} is settled.\nBen: Fine with me." for n in range(40)]
    talk[20] = "Ann: Now the budget, then.\nBen: It is too small."
    best = ranked("\n".join(talk), "What was said about the budget?")[:8]
    assert best[0] == "Now the budget, then."
    assert "It is too small." in best


def test_without_a_question_early_and_central_sentences_lead() -> None:
    """The first sentence leads a text without a question."""
    assert ranked(RECIPES, "")[0] == "Guests park behind the mill, where twelve places are marked in yellow."


@given(wild_texts(), st.text(max_size=40))
def test_scores_are_finite_repeatable_and_only_for_what_can_be_chosen(text: str, query: str) -> None:
    """Any text and query give the same numbers twice."""
    layout = parse(text)
    units = build_units(text, layout, count=COUNTER.count)
    scores = score_units(text, units, query, dialogue=layout.dialogue)
    assert scores == score_units(text, units, query, dialogue=layout.dialogue)
    assert len(scores) == len(units)
    assert all(0 <= score < 10 for score in scores)
    assert all(not score for score, unit in zip(scores, units, strict=True) if not unit.selectable)
