"""The bounds of usage events."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes_platform import usage_event
from grpc_serving.errors import InvalidArgument
from platform_api.domain.usage import MAX_TEXT, MAX_TOKENS, check_event

MONEY = st.floats(0, 1e6, allow_nan=False)
TOKENS = st.integers(0, MAX_TOKENS)


@given(MONEY, MONEY, MONEY, TOKENS, TOKENS)
def test_events_within_bounds_pass(cost, cache, compression, prompt, completion):
    """Any amount of money or tokens within the limits is taken."""
    event = usage_event(
        cost_usd=cost,
        saved_cache_usd=cache,
        saved_compression_usd=compression,
        prompt_tokens=prompt,
        completion_tokens=completion,
    )
    check_event(event, field="events[0]")


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("event_id", "", "empty"),
        ("tenant_id", "", "empty"),
        ("key_id", "", "empty"),
        ("model", "m" * (MAX_TEXT + 1), str(MAX_TEXT)),
        ("request_id", "r" * (MAX_TEXT + 1), str(MAX_TEXT)),
        ("prompt_tokens", MAX_TOKENS + 1, str(MAX_TOKENS)),
        ("completion_tokens", -1, "0"),
        ("cost_usd", -0.01, "zero or more"),
        ("saved_cache_usd", math.nan, "number"),
        ("saved_compression_usd", math.inf, "number"),
    ],
)
def test_a_refusal_names_field_and_limit(field, value, limit):
    """What is out of bounds is refused by name."""
    with pytest.raises(InvalidArgument) as refusal:
        check_event(replace(usage_event(), **{field: value}), field="events[3]")
    assert refusal.value.field == f"events[3].{field}"
    assert limit in refusal.value.description


def test_an_event_counts_for_its_utc_day():
    """The day is the one in UTC, wherever the reporter's clock stands."""
    west = timezone(timedelta(hours=-5))
    assert usage_event(at=datetime(2026, 11, 23, 23, 30, tzinfo=west)).day == "2026-11-24"
    assert usage_event(at=datetime(2026, 11, 24, tzinfo=UTC)).day == "2026-11-24"
