"""How the management app names what is wrong."""

import pytest

from platform_api.management.app import _field


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (("body", "name"), "name"),
        (("body", "policy", "cache"), "policy.cache"),
        (("body", "models", 3), "models[3]"),
        (("query", "from"), "from"),
        (("body",), "body"),
    ],
)
def test_a_field_is_named_as_its_sender_writes_it(place, name):
    """Where a value stands reads like a path into the body."""
    assert _field(place) == name
