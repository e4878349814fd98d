"""Requests and their keys for the tests of both."""

import json
from dataclasses import replace
from typing import Any

from cache_service.requests import CanonicalRequest, Keys, Place, derive_keys, read_request
from cache_service.terms import Api, Scope, ScopeWidth

SECRET = b"s" * 32
SCOPE = Scope("acme", "key1", "ann", "shared")


def read(body: object, api: Api = Api.CHAT) -> CanonicalRequest:
    """The request of a body."""
    return read_request(api, json.dumps(body).encode(), max_bytes=1_000_000)


def keys(body: object, *, api: Api = Api.CHAT, **changes: Any) -> Keys:
    """The keys of a body in the usual scope."""
    secret = changes.pop("secret", SECRET)
    usual = Place(SCOPE, ScopeWidth.TENANT, "gpt-4o", api, "e1")
    return derive_keys(read(body, api), replace(usual, **changes), secret=secret)
