"""Sentences and where they end."""

import pytest
from hypothesis import given

from compressor_service.sentences import split
from fakes_compressor import wild_texts


def cut(text: str, *, wrapped: bool = False) -> list[str]:
    """Return the sentences of a text."""
    return [text[start:end] for start, end in split(text, 0, len(text), wrapped=wrapped)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Mr. Smith paid $3.50 to Acme Inc. on Jan. 5.", "He left."],
        ["Is it open?", "Yes!", "Come in."],
        ['He said "Stop."', "She went on."],
        ["See e.g. section 4, i.e. the fourth.", "Version 2.1 is out."],
        ["Am 3. März kam Dr. Müller z.B. nach Köln.", "Die Frist beträgt 14 Tage."],
        ["Nach Art. 5 gilt das nicht.", "Siehe Nr. 7."],
        ["J. R. Hartley wrote it.", "It sold well."],
        ["Run `make all. Then wait` twice.", "Done."],
        ["これは文です。", "次の文です！", "終わり"],  # noqa: RUF001
        ["Open https://example.com/a.b?c=d. now or later.", "Thanks."],
        ["\u201cStop!\u201d she cried.", "\u00abHalt.\u00bb", "Er ging."],
        ["Il dit \u00ab Non. \u00bb", "Elle part."],
        ['"Really?" he asked.', "Yes."],
        [
            "\u0647\u0644 \u0647\u0630\u0627 \u0635\u062d\u064a\u062d\u061f",
            "\u0646\u0639\u0645.",
            "\u06cc\u06c1 \u0627\u0631\u062f\u0648 \u06c1\u06d2\u06d4",
            "\u0627\u0648\u0631",
        ],
        [
            "\u092f\u0939 \u090f\u0915 \u0935\u093e\u0915\u094d\u092f \u0939\u0948\u0964",
            "\u0926\u0942\u0938\u0930\u093e \u0935\u093e\u0915\u094d\u092f\u0964",
        ],
        ["Der Verein e.V. hat 1.250,50 Euro.", "Das reicht."],
        ["She holds a Ph.D. in physics.", "It took years..."],
        ["Wait... what?", "Nothing."],
        ["It costs 3.5.", "That is fine."],
        ["\u042d\u0442\u043e \u0442.\u0435. \u0442\u0430\u043a.", "\u0414\u0430."],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(sentences: list[str]) -> None:
    """Abbreviations, initials, ordinals, inline code and addresses do not end a sentence."""
    assert cut(" ".join(sentences)) == sentences


def test_marks_of_scripts_without_spaces_end_sentences_at_once() -> None:
    """Chinese and Japanese put no space behind a full stop; a quotation mark after it belongs to it."""
    assert cut("他说「好。」然后走了。再见！") == ["他说「好。」", "然后走了。", "再见！"]  # noqa: RUF001
    assert cut("值是３．５。完") == ["值是３．５。", "完"]  # noqa: RUF001


def test_many_code_spans_cost_no_more_than_their_number() -> None:
    """Full stops inside inline code are looked up in order, not one against all."""
    text = "`a. B` and `c! D` then. "
    assert cut(text * 500) == [text.strip()] * 500


def test_line_ends_part_lines_but_not_wrapped_prose() -> None:
    """Short lines are thoughts of their own; an editor's line breaks are not."""
    assert cut("Total: 5\nPaid: 3\nDue: 2") == ["Total: 5", "Paid: 3", "Due: 2"]
    text = "A paragraph that an editor has broken\nInto two lines without meaning to."
    assert cut(text, wrapped=True) == [text]


def test_text_without_full_stops_is_cut_into_pieces() -> None:
    """A run of words too long to be a sentence can still be chosen in parts, at word borders."""
    pieces = cut("word " * 1_000)
    assert len(pieces) > 10
    assert {piece.strip("word ") for piece in pieces} == {""}
    assert all(piece.startswith("word") and piece.endswith("word") for piece in pieces)


def test_long_clauses_are_parted_at_semicolons_only() -> None:
    """A long sentence is parted where a clause surely ends, so that "unless" stays with what it limits."""
    clause = "the tenant pays the rent, the heating and the water on the first day of the month, unless the bank is closed, and"
    text = "; ".join([clause * 3] * 3)
    assert cut(text) == [f"{clause * 3};", f"{clause * 3};", clause * 3]


@given(wild_texts())
def test_sentences_are_sorted_disjoint_and_hold_everything_visible(text: str) -> None:
    """Between sentences there is nothing but white space."""
    position = 0
    for start, end in split(text, 0, len(text)):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()
