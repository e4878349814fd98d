"""The end of JSON values and balanced brackets."""

import json

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.braces import find_json_end

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES.filter(lambda value: isinstance(value, (list, dict))), st.sampled_from(["", " tail", "\n{"]))
def test_a_json_value_ends_where_it_ends(value: object, tail: str) -> None:
    """Whatever follows a value does not belong to it."""
    text = json.dumps(value)
    assert find_json_end(text + tail, 0)[0] == len(text)


def test_brackets_that_are_not_json_must_balance() -> None:
    """Strings do not count; an open bracket has no end."""
    assert find_json_end("{key: '}'", 0)[0] == 8
    assert find_json_end('{key: "}"} x', 0)[0] == 10
    assert find_json_end("{key: [1, 2}", 0)[0] is None
    end, scanned = find_json_end("[" * 100_000, 0)
    assert end is None
    assert scanned >= 100_000


def test_deep_nesting_is_measured_without_recursion() -> None:
    """A hundred thousand brackets are one value."""
    assert find_json_end("[" * 100_000 + "]" * 100_000, 0)[0] == 200_000
