"""Sentences cut into words that may be dropped."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.protection import AtomClass, find_atoms, find_musts
from compressor_service.selection import with_parents
from compressor_service.structure import parse
from compressor_service.units import Unit, build_units
from compressor_service.word_units import Exploded, explode, find_divisible, split_words
from fakes_compressor import COUNTER, RECIPES, long_text, wild_texts

TALE = 'The mill (also known as the Big One) was not sold for $4,500 on 5 May 2020 ; see "the old book" or {{name}} there .'


def units_of(text: str) -> list[Unit]:
    """Cut a text into units."""
    return build_units(text, parse(text), count=COUNTER.count)


def exploded(text: str) -> Exploded:
    """Cut all that may be cut into words."""
    units = units_of(text)
    return explode(text, units, find_divisible(units), count=COUNTER.count)


def words_of(text: str) -> list[str]:
    """Return the units of a text in words, as text."""
    return [text[unit.start : unit.end] for unit in exploded(text).units]


def test_words_keep_their_marks_and_atoms_stay_whole() -> None:
    """Commas and lone marks go with a word, dates and money are one, short quotations too."""
    words = words_of(TALE)
    assert "$4,500" in words
    assert "5 May 2020 ;" in words
    assert '"the old book"' in words
    assert "there ." in words
    assert all(any(character.isalnum() for character in word) for word in words)


def test_what_is_denied_or_counted_stays_with_its_word() -> None:
    """A negation holds the next word, a bare number the thing it counts, unless a stop word follows."""
    words = words_of("They did not row past 17 red buoys in 2004 and the others never came back home again.")
    assert {"not row", "17 red", "2004", "never came"} <= set(words)


def test_a_remainder_never_lacks_a_number_or_a_negation() -> None:
    """Whatever word is kept, the musts of its sentence are its parents, and a negation is not kept for itself."""
    units = exploded(TALE).units
    musts = {TALE[start:end] for start, end in find_musts(TALE, 0, len(TALE))}
    for index, unit in enumerate(units):
        remainder = " ".join(TALE[units[i].start : units[i].end] for i in sorted(with_parents(units, index, set())))
        assert all(must in remainder for must in musts)
        assert unit.selectable == ("not" not in TALE[unit.start : unit.end].split())


def test_both_ends_of_a_long_aside_come_together() -> None:
    """A bracket that is opened is closed."""
    units = exploded(TALE).units
    opening = next(index for index, unit in enumerate(units) if TALE[unit.start] == "(")
    kept = with_parents(units, opening, set())
    assert any(TALE[units[index].start : units[index].end].endswith("One)") for index in kept)


def test_cjk_text_is_cut_after_pauses_and_into_short_pieces() -> None:
    """Without spaces a piece has a few characters; numbers stay whole."""
    text = "これは2024年のテストです、そして彼はとても遠い町から長い時間をかけて来ました。"
    words = words_of(text)
    assert "".join(words) == text
    assert len(words) > 3
    assert any("2024" in word for word in words)
    assert "のテストです、" in words


def test_what_others_hang_on_stays_whole() -> None:
    """Headings, list marks, lead-ins, code, log lines and locked sentences are not cut."""
    text = RECIPES + "\nBring these four things with you:\n\n- one rope of hemp\n- two lamps of brass\n"
    units = units_of(text)
    cut = find_divisible(units)
    assert cut
    parents = {parent for unit in units for parent in unit.parents}
    assert not cut & parents
    assert not any("curl" in text[units[index].start : units[index].end] for index in cut)


def test_a_short_sentence_stays_whole() -> None:
    """Of three words none can be spared."""
    assert words_of("Rain fell again.") == ["Rain fell again."]


def test_only_chosen_units_are_cut_and_parents_follow() -> None:
    """The others keep their text; every parent still stands before what hangs on it, or in the same sentence."""
    units = units_of(RECIPES)
    chosen = sorted(find_divisible(units))[3]
    made = explode(RECIPES, units, {chosen}, count=COUNTER.count)
    assert [one for one in made.origin if one != chosen] == [one for one in range(len(units)) if one != chosen]
    for index, unit in enumerate(made.units):
        before = units[made.origin[index]]
        texts = {RECIPES[made.units[parent].start : made.units[parent].end] for parent in unit.parents}
        assert {RECIPES[units[parent].start : units[parent].end] for parent in before.parents} <= texts


def test_prices_of_words_add_up_to_about_that_of_the_text() -> None:
    """Each word is counted with the space before it."""
    text = long_text(6)
    total = sum(unit.tokens for unit in exploded(text).units)
    assert abs(total - COUNTER.count(text)) <= 0.05 * total


@given(wild_texts())
def test_words_lie_inside_their_sentences_and_part_no_atom(text: str) -> None:
    """Words are sorted and disjoint, leave out white space only, and an atom of a sentence lies in one of them."""
    units = units_of(text)
    for unit in units:
        atoms = list(find_atoms(text, unit.start, unit.end))
        words = split_words(text, unit.start, unit.end, atoms)
        assert all(first[1] <= second[0] for first, second in pairwise(words))
        left_out = "".join(
            text[a:b]
            for a, b in zip([unit.start, *[w[1] for w in words]], [*[w[0] for w in words], unit.end], strict=True)
        )
        assert not left_out.strip()
        for atom in atoms:
            assert any(start <= atom.start and atom.end <= end for start, end in words)


@given(wild_texts(), st.integers(0, 200))
def test_any_word_brings_all_that_its_sentence_must_not_lose(text: str, number: int) -> None:
    """With its parents, a word has every number, negation and placeholder of its sentence."""
    made = exploded(text)
    words = [index for index in range(len(made.units)) if made.origin.count(made.origin[index]) > 1]
    if not words:
        return
    index = words[number % len(words)]
    sentence = units_of(text)[made.origin[index]]
    kept = with_parents(made.units, index, set())
    for atom in find_atoms(text, sentence.start, sentence.end):
        if atom.kind in {AtomClass.NUMBER, AtomClass.NEGATION, AtomClass.PLACEHOLDER}:
            assert any(made.units[i].start <= atom.start and atom.end <= made.units[i].end for i in kept)


def test_an_atom_that_spans_two_sentences_binds_in_each() -> None:
    """The date in a citation that an abbreviation cuts in two stays with the words of its own sentence."""
    text = (
        "It was case 3293 before the court (N.D. Ill. Oct. 15, 2004), a litigant tried to use the archive as evidence."
    )
    units = exploded(text).units
    dated = next(index for index, unit in enumerate(units) if "2004" in text[unit.start : unit.end])
    word = next(index for index, unit in enumerate(units) if "litigant" in text[unit.start : unit.end])
    assert dated in with_parents(units, word, set())
    assert "15, 2004" in text[units[dated].start : units[dated].end]
