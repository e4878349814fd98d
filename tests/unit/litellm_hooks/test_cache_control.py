"""What a request says of its own caching."""

import pytest

from litellm_hooks.cache_control import CacheControl, read_cache_control, read_user


@pytest.mark.parametrize(
    ("body", "header", "wishes"),
    [
        (None, "", CacheControl()),
        ({"no-cache": True}, "", CacheControl(no_cache=True)),
        ({"no-store": True}, "", CacheControl(no_store=True)),
        ({"no-cache": "yes"}, "", CacheControl()),
        ([], "public", CacheControl()),
        (None, "No-Cache", CacheControl(no_cache=True)),
        (None, "no-store, no-cache", CacheControl(no_cache=True, no_store=True)),
        (None, "max-age=60", CacheControl(max_age_s=60.0)),
        (None, 's-maxage="7"', CacheControl(max_age_s=7.0)),
        ({"s-maxage": 30}, "max-age=60", CacheControl(max_age_s=30.0)),
        ({"s-max-age": 90}, "max-age=60", CacheControl(max_age_s=60.0)),
        ({"s-maxage": True}, "max-age=x", CacheControl()),
        ({"s-maxage": -1}, "", CacheControl()),
        ({"no-cache": False}, "no-cache", CacheControl(no_cache=True)),
    ],
)
def test_wishes(body, header, wishes):
    """Body and header may each ask for less caching, and neither for more than the other allows."""
    assert read_cache_control({"cache": body}, {"cache-control": header}) == wishes


@pytest.mark.parametrize(
    ("data", "headers", "user"),
    [
        ({}, {}, ""),
        ({"user": "u1"}, {}, "u1"),
        ({"user": "u1", "safety_identifier": "s1"}, {}, "s1"),
        ({"metadata": {"user_id": "m1"}}, {}, "m1"),
        ({"user": "u1"}, {"x-pith-user": "h1"}, "h1"),
        ({"user": 7}, {}, ""),
        ({"user": "u\ud800"}, {}, "u?"),
        ({"user": "u" * 300}, {}, "u" * 256),
    ],
)
def test_the_user(data, headers, user):
    """Our header comes first, then the fields of the APIs."""
    assert read_user(data, headers) == user
