"""Units and what they hang on."""

from hypothesis import given

from compressor_service.spans import Reason
from compressor_service.structure import PROTECTED, Kind, parse
from compressor_service.units import Unit, build_units, find_forced
from fakes_compressor import COUNTER, RECIPES, wild_texts


def units_of(text: str, forced: list[tuple[int, int]] | None = None) -> list[Unit]:
    """Cut a text into units."""
    return build_units(text, parse(text), count=COUNTER.count, forced=forced or [])


def find(text: str, units: list[Unit], piece: str) -> int:
    """Return the number of the unit that holds a piece of text."""
    position = text.index(piece)
    return next(number for number, unit in enumerate(units) if unit.start <= position < unit.end)


def test_a_sentence_hangs_on_its_headings() -> None:
    """Keeping a sentence keeps the heading of its section, and that of the document."""
    units = units_of(RECIPES)
    oven = units[find(RECIPES, units, "Its oven")]
    section = units[oven.parents[0]]
    assert RECIPES[section.start : section.end] == "## Kitchen"
    assert RECIPES[units[section.parents[0]].start :].startswith("# House rules")


def test_list_items_hang_on_their_mark_and_on_the_sentence_that_opens_the_list() -> None:
    """A sentence such as "Not covered are:" must not be lost when an item is kept, nor an item's number."""
    text = "The fee is small. Not covered are:\n\n1. glass\n2. bikes\n\nThe end comes here."
    units = units_of(text)
    bikes = units[find(text, units, "bikes")]
    parents = [text[units[parent].start : units[parent].end] for parent in bikes.parents]
    assert parents == ["Not covered are:", "2."]


def test_a_speaker_comes_along_with_every_paragraph_of_the_turn() -> None:
    """A turn's later paragraphs keep the name of who speaks."""
    text = "Ann: First thing. Second thing.\n\nThird thing here.\n\nBen: Yes.\nAnn: No.\nBen: Well."
    units = units_of(text)
    for piece in ("Second thing", "Third thing"):
        parents = units[find(text, units, piece)].parents
        assert [text[units[parent].start : units[parent].end] for parent in parents] == ["Ann:"]


def test_protected_blocks_are_locked_with_what_introduces_them() -> None:
    """Code stays, and so do its heading and the sentence that leads to it."""
    text = "## Setup\n\nIntro here. Run this:\n\n```\nmake\n```\n"
    units = units_of(text)
    locked = [text[unit.start : unit.end] for unit in units if unit.lock]
    assert locked == ["## Setup", "Run this:", "```\nmake\n```"]


def test_sentences_with_json_in_them_are_locked() -> None:
    """JSON inside prose is data: its sentence stays, the ones around it may go."""
    text = 'It says {"a": "x. Y", "b": [1]} there. Another sentence. The list is ["c", "d"]. The set is {a} or [1].'
    units = units_of(text)
    locked = [text[unit.start : unit.end] for unit in units if unit.lock is Reason.STRUCTURE]
    assert locked == ['It says {"a": "x. Y", "b": [1]} there.', 'The list is ["c", "d"].']
    free = [text[unit.start : unit.end] for unit in units if unit.lock is None]
    assert free == ["Another sentence.", "The set is {a} or [1]."]


def test_an_example_is_one_unit() -> None:
    """A worked example is kept or dropped as a whole, its labels included; with code in it, it stays."""
    text = "Input: a film. A good one.\nOutput: yes\n\nInput: another. A bad one.\nOutput: no"
    assert [text[unit.start : unit.end] for unit in units_of(text)] == text.split("\n\n")
    coded = "Example 1:\n```\nx\n```\n\nExample 2:\nwords only"
    assert [unit.lock is not None for unit in units_of(coded)] == [True, False]


def test_forced_ranges_lock_their_sentences() -> None:
    """A sentence that touches a forced range is locked, its heading with it."""
    start = RECIPES.index("Forty roses")
    units = units_of(RECIPES, [(start + 2, start + 5)])
    forced = [RECIPES[unit.start : unit.end] for unit in units if unit.lock is Reason.FORCED]
    assert forced == ["Forty roses grow along the southern wall."]
    assert any(RECIPES[unit.start : unit.end] == "## Garden" and unit.lock for unit in units)


def test_forced_words_are_whole_and_phrases_are_as_written() -> None:
    """Words match in any case between word borders; phrases match exactly."""
    text = "Ox, ox and oxen. A red Ox."
    assert find_forced(text, ["ox"], []) == [(0, 2), (4, 6), (23, 25)]
    assert find_forced(text, [], ["red Ox", "RED"]) == [(19, 25)]
    assert find_forced(text, ["a.b"], ["*"]) == []


@given(wild_texts())
def test_units_are_sorted_disjoint_and_parents_come_first(text: str) -> None:
    """Units follow each other, every parent stands before its child, protected blocks are locked."""
    position = 0
    for number, unit in enumerate(units_of(text)):
        assert position <= unit.start < unit.end <= len(text)
        assert all(parent < number for parent in unit.parents)
        assert unit.heading < number
        assert (unit.kind not in PROTECTED) or unit.lock is not None
        assert unit.selectable or unit.kind in {Kind.HEADING, Kind.ITEM, Kind.TURN}
        position = unit.end


@given(wild_texts())
def test_units_account_for_about_all_tokens(text: str) -> None:
    """The units' tokens add up to the text's, give or take what happens at the cuts."""
    units = units_of(text)
    total = sum(unit.tokens for unit in units)
    assert abs(total - COUNTER.count(text)) <= 2 * len(units) + 40
