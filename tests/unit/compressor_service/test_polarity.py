"""Negations and modals."""

import pytest

from compressor_service.polarity import find_polarity


def cues(text: str, start: int = 0, end: int | None = None) -> set[str]:
    """Return the negations and modals of a text."""
    return {text[first:last] for first, last in find_polarity(text, start, len(text) if end is None else end)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is not so, and never was.", {"not", "never"}),
        ("Not so.", {"Not"}),
        ("You MUST NOT enter", {"MUST", "NOT"}),
        ("It doesn't, it won’t, it can't", {"doesn't", "won’t", "can't"}),  # noqa: RUF001
        (
            "They may come only if they should; nobody shall stay unless asked",
            {"may", "only", "should", "nobody", "shall", "unless"},
        ),
        ('(without) "except" no-one', {"without", "except", "no"}),
        ("Das darf nicht sein, außer es muss, es sei denn", {"darf", "nicht", "außer", "muss", "es sei denn"}),
        ("Il ne doit pas, sauf ici", {"ne", "doit", "pas", "sauf"}),
        ("No debe, excepto hoy; não deve", {"No", "debe", "excepto", "não", "deve"}),
        ("non deve mai", {"non", "deve", "mai"}),
        ("niet zonder", {"niet", "zonder"}),
        ("Это не так, кроме одного", {"не", "кроме"}),
        ("これは行きません。するべき", {"ません", "べき"}),
        ("不可以，必须", {"不", "必须"}),  # noqa: RUF001
        ("لا يجوز بدون إذن", {"لا", "بدون"}),
        ("यह नहीं है, नाम", {"नहीं"}),
        ("할 수 없다", {"없"}),
    ],
)
def test_cues_are_found_in_many_languages(text: str, expected: set[str]) -> None:
    """In any case, with either apostrophe, next to any punctuation."""
    assert cues(text) == expected


@pytest.mark.parametrize(
    "text", ["In May it rains.", "Im Mai", "notable, another, knot", "the mayor shallow", "नगर", "nothingness"]
)
def test_other_words_are_no_cues(text: str) -> None:
    """Months, and words that merely contain a cue."""
    assert cues(text) == set()


def test_a_range_is_searched_as_if_it_stood_alone() -> None:
    """Words that begin before the range, or end after it, are not found in it."""
    text = "is not, cannot, nothing"
    assert cues(text, 3) == {"not", "cannot", "nothing"}
    assert cues(text, 4) == {"cannot", "nothing"}
