"""One text for one value."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.canonical_json import NotAnObject, canonical_json, read_object

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)


def written(value: object) -> str:
    """The canonical text of a value that came over the wire."""
    return canonical_json(read_object(json.dumps({"value": value}).encode()))


@given(OBJECTS)
def test_order_of_names_and_white_space_do_not_matter(value: dict[str, object]) -> None:
    """Reordering all names and indenting gives the same text."""
    turned = json.loads(json.dumps(value), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    raw, spaced = json.dumps(value).encode(), json.dumps(turned, indent=2, ensure_ascii=False)
    try:
        spaced_raw = spaced.encode()
    except UnicodeEncodeError:  # a lone surrogate has only an escaped form
        spaced_raw = json.dumps(turned, indent=2).encode()
    assert canonical_json(read_object(raw)) == canonical_json(read_object(spaced_raw))


@given(VALUES, VALUES)
def test_different_values_have_different_texts(one: object, other: object) -> None:
    """Two values share a text only when JSON cannot tell them apart."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    if same:
        assert written(one) == written(other)
    elif written(one) == written(other):
        assert _as_numbers(one) == _as_numbers(other)


def _as_numbers(value: object) -> object:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, dict):
        return {name: _as_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_numbers(item) for item in value]
    return Decimal(repr(value))


@pytest.mark.parametrize(
    "texts",
    [
        ["1", "1.0", "1e0", "10e-1", "100E-2"],
        ["0", "-0", "0.0", "-0.0", "0e5"],
        ["0.7", "0.70", "7e-1", "7E-1"],
        ["1000000000000000000000", "1e21", "1.0E+21"],
        ["123456789012345", "123456789012345.0", "1.23456789012345e14"],
    ],
)
def test_a_number_has_one_text_however_it_is_written(texts: list[str]) -> None:
    """1, 1.0 and 1e0 are one number."""
    assert len({canonical_json(read_object(f'{{"n": {text}}}'.encode())) for text in texts}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.1", "0.10000000000000000000000000000000001"),
        ("12345678901234567890", "12345678901234567891"),
        ("1", "true"),
        ("1", '"1"'),
        ("0", "null"),
        ("1e400", "1e401"),
        ("1", "-1"),
    ],
)
def test_no_digit_is_rounded_away(one: str, other: str) -> None:
    """Values that a float would merge stay apart."""
    first, second = (canonical_json(read_object(f'{{"n": {text}}}'.encode())) for text in (one, other))
    assert first != second


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"\xff{}", "UTF-8"),
        (b"{", "not valid JSON"),
        (b"", "not valid JSON"),
        (b"[1]", "JSON object"),
        (b'"text"', "JSON object"),
        (b"null", "JSON object"),
        (b'{"n": NaN}', "not valid JSON"),
        (b'{"n": Infinity}', "not valid JSON"),
        (b'{"n": 1e99999999999999999999}', "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_object_is_refused_with_its_reason(raw: bytes, complaint: str) -> None:
    """Bytes that are not one JSON object never become a value."""
    with pytest.raises(NotAnObject, match=complaint):
        read_object(raw)
