"""The ids of tenants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.domain.tenants import is_tenant_id, new_tenant_id


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True))
def test_lower_case_letters_digits_and_inner_dashes_are_fine(text):
    """Every text of the documented form is an id."""
    assert is_tenant_id(text)


@pytest.mark.parametrize("text", ["", "-a", "a-", "Acme", "a b", "a/b", "a" * 65, "ä", "a\n"])
def test_other_texts_are_refused(text):
    """Texts that would need quoting, or are too long, are no ids."""
    assert not is_tenant_id(text)


def test_new_ids_are_ids_and_differ():
    """An id that is made fits the form."""
    ids = {new_tenant_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(map(is_tenant_id, ids))
