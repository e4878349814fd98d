"""Reads what a request says of its own caching: whether to serve, whether to store, how old, and for whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

USER_HEADER = "x-pith-user"
MAX_USER_CHARS = 256

_SECONDS = re.compile(r"(?:s-maxage|max-age)\s*=\s*\"?(\d{1,9})\"?")


@dataclass(frozen=True)
class CacheControl:
    """A caller's wishes; `max_age_s` is the oldest answer it takes."""

    no_cache: bool = False
    no_store: bool = False
    max_age_s: float | None = None


def read_cache_control(data: Mapping[str, Any], headers: Mapping[str, str]) -> CacheControl:
    """Read LiteLLM's `cache: {...}` in the body and the header Cache-Control; each may only ask for less caching."""
    control = data.get("cache")
    body = control if isinstance(control, Mapping) else {}
    directives = headers.get("cache-control", "").lower()
    words = {word.strip() for word in directives.split(",")}
    ages = [age for age in (_age_s(body), _header_age_s(directives)) if age is not None]
    return CacheControl(
        no_cache=body.get("no-cache") is True or "no-cache" in words,
        no_store=body.get("no-store") is True or "no-store" in words,
        max_age_s=min(ages, default=None),
    )


def read_user(data: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Read which end user a request is for: our header, else OpenAI's or Anthropic's own field; empty if unsaid."""
    metadata = data.get("metadata")
    said = (
        headers.get(USER_HEADER),
        data.get("safety_identifier"),
        data.get("user"),
        metadata.get("user_id") if isinstance(metadata, Mapping) else None,
    )
    user = next((user for user in said if isinstance(user, str) and user), "")
    return user.encode("utf-8", "replace").decode()[:MAX_USER_CHARS]


def _age_s(body: Mapping[Any, Any]) -> float | None:
    age = body.get("s-maxage", body.get("s-max-age"))
    return float(age) if isinstance(age, int | float) and not isinstance(age, bool) and age >= 0 else None


def _header_age_s(directives: str) -> float | None:
    found = [float(seconds) for seconds in _SECONDS.findall(directives)]
    return min(found, default=None)
