"""Texts as rows of words."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.passages import QUERY_CHARACTERS
from fakes_compressor import RECIPES, wild_texts
from fakes_relevance import passages_of


def test_every_unit_knows_its_heading() -> None:
    """The words of the heading stand in a row of their own."""
    passages = passages_of(RECIPES, "roses")
    found = passages.occurrences
    row = int(passages.headings[-1])
    assert [found.spellings[word] for word in found.words[found.rows == row]] == ["Boats"]


def test_speakers_are_known_in_a_dialogue() -> None:
    """Each turn points to the row that names who speaks."""
    passages = passages_of("\n".join(f"{name}: The pier is wet." for name in ("Ann", "Ben") * 3), "pier")
    found = passages.occurrences
    said = [found.spellings[int(found.words[found.rows == row][0])] for row in passages.speakers]
    assert said == ["Ann", "Ben"] * 3


def test_a_query_is_read_up_to_its_limit() -> None:
    """Words beyond the limit do not count."""
    assert not passages_of("Roses grow.", "x " * QUERY_CHARACTERS + "roses").asked
    assert passages_of("Roses grow.", "roses").asked


@given(wild_texts(), st.text(max_size=40))
def test_blocks_are_numbered_in_order(text: str, query: str) -> None:
    """Blocks count up from 0 without a gap, and each begins where it says."""
    passages = passages_of(text, query)
    assert passages.blocks.tolist() == sorted(passages.blocks.tolist())
    assert [int(passages.blocks[start]) for start in passages.block_starts] == list(range(len(passages.block_starts)))
