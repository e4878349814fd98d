"""Tokens to words as the llmlingua library does it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.engines.llmlingua_words import Force, Vocabulary, Words, merge, put_back

BERT = ["[UNK]", "[CLS]", "The", "gate", "##s", "17", ".", "##38", "v", "##2", "[NEW1]", "#"]
XLM = ["<unk>", "▁The", "▁gate", "s", "▁17", ".", "38", "▁"]


def vocabulary(tokens: Sequence[str]) -> Vocabulary:
    """A vocabulary of one of the families, by its tokens."""
    return Vocabulary(tokens, sentencepiece=tokens is XLM, special=["[UNK]", "[CLS]", "<unk>"])


def words(tokens: Sequence[str], text: str, *, force: Sequence[str] = (), **options: bool) -> Words:
    """Merge tokens, separated by white space, whose probabilities are .1, .2 and so on."""
    known = vocabulary(tokens)
    ids = np.array([known.id_of[token] for token in text.split()], dtype=np.int64)
    stand_ins = {"of the": "[NEW1]"} if "of the" in force else {}
    forced = Force.of(known, force, stand_ins, digits=options.get("digits", False))
    probabilities = np.arange(1, len(ids) + 1, dtype=np.float32) / np.float32(10)
    return merge(known, ids, probabilities, force=forced, first=options.get("first", False))


def test_pieces_join_to_words_and_special_tokens_vanish() -> None:
    """What the vocabulary lacks is lost, as in the library."""
    found = words(BERT, "[CLS] The [UNK] gate ##s . [UNK]")
    assert found.texts == ["The", "gates", "."]
    assert found.scores == pytest.approx([0.2, 0.45, 0.6])
    assert not found.plain.any()


def test_ascii_marks_open_words_in_sentencepiece() -> None:
    """A decimal number falls apart into two words."""
    assert words(XLM, "▁The ▁gate s ▁17 . 38").texts == ["▁The", "▁gates", "▁17", ".38"]


def test_first_takes_the_first_token() -> None:
    """A word's score without its later tokens."""
    assert words(BERT, "gate ##s v ##2", first=True).scores == pytest.approx([0.1, 0.3])


def test_forced_tokens_are_certain_and_open_words() -> None:
    """A forced piece is a word of its own, and its score a Python float in the library."""
    found = words(BERT, "gate ##s . gate", force=["s", "."])
    assert found.texts == ["gate", "##s", ".", "gate"]
    assert found.scores == pytest.approx([0.1, 1.0, 1.0, 0.4])
    assert found.plain.tolist() == [False, True, True, False]


def test_stand_ins_read_as_what_they_stand_for() -> None:
    """A forced token of several pieces comes back in its own words."""
    found = words(BERT, "gate [NEW1] gate", force=["of the"])
    assert found.texts == ["gate", "of the", "gate"]
    assert found.scores == pytest.approx([0.1, 1.0, 0.3])


def test_digits_make_tokens_certain_but_not_mixed_words() -> None:
    """The library's reserved digits can still be lost: the mean of a mixed word is below 1."""
    found = words(BERT, "17 v ##2 gate", digits=True)
    assert found.scores == pytest.approx([1.0, 0.6, 0.4])
    assert found.plain.tolist() == [True, False, False]


def test_contexts_are_ranked_by_first_tokens_alone() -> None:
    """The unforced score repeats a word's first token in place of the others: a defect of the library."""
    assert words(BERT, "gate ##s 17", force=["17"]).unforced == pytest.approx([0.1, 0.3])


def test_a_chunk_that_starts_inside_a_word_is_refused() -> None:
    """The library fails on it without saying why."""
    with pytest.raises(ValueError, match="middle of a word"):
        words(BERT, "[CLS] ##s gate")


def test_a_token_of_marks_alone_has_no_text() -> None:
    """In the library a continuing "#" adds nothing."""
    assert vocabulary(BERT).pure[BERT.index("#")] == ""
    assert vocabulary(XLM).pure[XLM.index("▁")] == ""


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32)), max_size=60))
def test_means_are_those_of_a_loop_to_the_last_bit(tokens: list[tuple[bool, float]]) -> None:
    """Additions happen in the library's order and precision."""
    known = vocabulary(BERT)
    begins = [index == 0 or flag for index, (flag, _) in enumerate(tokens)]
    ids = np.array([known.id_of["gate" if begin else "##s"] for begin in begins], dtype=np.int64)
    values = np.array([value for _, value in tokens], dtype=np.float32)
    groups: list[list[np.float32]] = []
    for begin, value in zip(begins, values, strict=True):
        groups = [*groups, [value]] if begin else [*groups[:-1], [*groups[-1], value]]
    found = merge(known, ids, values, force=Force.of(known, [], {}, digits=False), first=False)
    assert found.scores.tolist() == [float(sum(group) / len(group)) for group in groups]


def test_put_back_undoes_the_stand_ins() -> None:
    """Every stand-in, wherever it stands."""
    assert put_back("a [NEW1] b[NEW1]", {"of the": "[NEW1]"}) == "a of the bof the"
