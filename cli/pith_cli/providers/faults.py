"""Faults that the stand-ins were told to show: delays, error statuses, streams cut short; bounded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pith_cli.providers.exchange import InvalidRequestError, Json

PROVIDERS = ("openai", "groq", "anthropic", "gemini")
MAX_FAULTS = 100
MAX_DELAY_MS = 600_000
_FIELDS = frozenset({"provider", "model", "times", "delay_ms", "status", "cut_after_chunks", "retry_after_s"})


@dataclass(frozen=True)
class Fault:
    """What goes wrong, for which provider and model, and for how many requests (None: until deleted)."""

    provider: str
    model: str | None = None
    times: int | None = 1
    delay_ms: int = 0
    status: int | None = None
    cut_after_chunks: int | None = None
    retry_after_s: int | None = None

    def fits(self, provider: str, model: str) -> bool:
        """Whether this fault is meant for a request."""
        return self.provider == provider and self.model in {None, model}


class Faults:
    """The faults that are left to show, oldest first."""

    def __init__(self) -> None:
        self._left: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Keep a fault; raises InvalidRequestError when too many are kept already."""
        if len(self._left) >= MAX_FAULTS:
            raise InvalidRequestError("faults", f"holds {MAX_FAULTS} already; delete them first")
        self._left.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        self._left.clear()

    def left(self) -> list[Fault]:
        """The faults that are left to show."""
        return list(self._left)

    def take(self, provider: str, model: str) -> Fault | None:
        """The first fault that fits a request, counted as shown once."""
        for index, fault in enumerate(self._left):
            if fault.fits(provider, model):
                self._count(index, fault)
                return fault
        return None

    def _count(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._left[index]
        else:
            self._left[index] = replace(fault, times=fault.times - 1)


def from_json(body: Json) -> Fault:
    """Read the body of `POST /admin/faults`."""
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise InvalidRequestError(unknown[0], f"is unknown; known are {', '.join(sorted(_FIELDS))}")
    provider, model = body.get("provider"), body.get("model")
    if provider not in PROVIDERS:
        raise InvalidRequestError("provider", f"must be one of {', '.join(PROVIDERS)}")
    if model is not None and not isinstance(model, str):
        raise InvalidRequestError("model", "must be a string or null")
    times = None if "times" in body and body["times"] is None else _whole(body.get("times", 1), "times", 1, 1_000_000)
    return Fault(provider, model, times, **_effects(body))


def from_headers(provider: str, headers: Mapping[str, str]) -> Fault | None:
    """Read the fault that one request asks for itself with `x-standin-*` headers."""
    names = {"delay_ms": "x-standin-delay-ms", "status": "x-standin-status", "cut_after_chunks": "x-standin-cut-after"}
    asked = {field: _parsed(headers[name], name) for field, name in names.items() if name in headers}
    return Fault(provider, **_effects(asked)) if asked else None


def _effects(body: Json) -> dict[str, Any]:
    return {
        "delay_ms": _whole(body.get("delay_ms"), "delay_ms", 0, MAX_DELAY_MS) or 0,
        "status": _whole(body.get("status"), "status", 400, 599),
        "cut_after_chunks": _whole(body.get("cut_after_chunks"), "cut_after_chunks", 0, 1_000_000),
        "retry_after_s": _whole(body.get("retry_after_s"), "retry_after_s", 0, 3600),
    }


def _parsed(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidRequestError(name, "must be a whole number") from None


def _whole(value: object, name: str, low: int, high: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidRequestError(name, f"must be a whole number from {low} to {high}")
    return value
