"""Numbers, dates and identifiers."""

import pytest
from hypothesis import given

from compressor_service.quantities import find_month_dates, find_quantities
from fakes_compressor import wild_texts


def quantities(text: str) -> list[str]:
    """Return the numbers and dates in a text."""
    found = [(start, end) for start, end, identifier in find_quantities(text, 0, len(text)) if not identifier]
    return [text[start:end] for start, end in found + list(find_month_dates(text, 0, len(text)))]


@pytest.mark.parametrize(
    "number",
    [
        *(
            "7",
            "-3.5",
            "+4",
            "\u221212",
            "±0.5",
            "1,250.00",
            "1.250,00",
            "12 500",
            "1\u202f250",
            "10^5",
            "1e-9",
            "3/4",
            "1\u20135",
            "10-12",
        ),
        *(
            "12%",
            "3.5 %",
            "20 °C",
            "48 EUR",
            "$1,250.00",
            "-$5",
            "US$ 5",
            "€3",
            "3 €",
            "EUR 12",
            "1.250,00 €",
            "$1.5 million",
            "₹500",
        ),
        *(
            "14 Tage",
            "5 km",
            "30GB",
            "30 GB",
            "2.4 GHz",
            "90 km/h",
            "5-year",
            "33 minutes",
            "100 ms",
            "5 kg",
            "3 per cent",
            "10 m²",
        ),
        *(
            "2024-03-15",
            "2024-03-15T10:45:00Z",
            "2024-03-15T10:45:00+02:00",
            "15/03/2024",
            "15.03.2024",
            "10:45",
            "10:45:30.123",
            "5 p.m.",
        ),
        *(
            "March 5, 2024",
            "May 2020",
            "5 May 2020",
            "3. Oktober 1990",
            "5th of May 2020",
            "15 de marzo de 2024",
            "le 5 mars 2024"[3:],
        ),
        *(
            "1960s",
            "3rd",
            "U2",
            "A380",
            "v2.1.3",
            "B-40"[2:],
            "2024年3月15日",
            "25元",
            "100%",
            "٣٤",
            "#5",
            "§ 12",
            "No. 7",
            "<5",
            "≥ 10"[2:],
        ),
    ],
)
def test_numbers_are_found_with_sign_and_unit(number: str) -> None:
    """Inside a sentence, at its end, and alone."""
    assert number in quantities(f"we saw {number} there")
    assert number in quantities(number)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in 2019 and later", ["2019"]),
        ("a well-5 thing", ["5"]),
        ("5 and more", ["5"]),
        ("room 12. Next", ["12"]),
        ("1, 2, 3", ["1", "2", "3"]),
        ("共20人", ["20人"]),
        ("no digit here, in May or June", []),
    ],
)
def test_what_is_no_unit_stays_outside(text: str, expected: list[str]) -> None:
    """Words that follow a number by chance do not belong to it."""
    assert quantities(text) == expected


@pytest.mark.parametrize(
    ("identifier", "is_one"),
    [
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", True),
        ("9f86d081884c7d659a2feaa0c55ad015", True),
        ("deadbeef1", True),
        ("0xDEADBEEF12", True),
        ("1234567890", False),
        ("12ab", False),
    ],
)
def test_identifiers_are_told_from_numbers(identifier: str, *, is_one: bool) -> None:
    """UUIDs, hashes and hexadecimal values are identifiers; plain digits are not."""
    text = f"commit {identifier}."
    assert [(text[start:end], flag) for start, end, flag in find_quantities(text, 0, len(text))] == [
        (identifier, is_one)
    ]


@given(wild_texts())
def test_every_digit_is_part_of_a_quantity(text: str) -> None:
    """No digit is overlooked, and quantities come in order."""
    ranges = [(start, end) for start, end, _ in find_quantities(text, 0, len(text))]
    assert ranges == sorted(ranges)
    covered = {place for start, end in ranges for place in range(start, end)}
    assert {place for place, character in enumerate(text) if character.isdecimal()} <= covered
