"""Reads the policies of tenants from a YAML file, now and whenever it changes."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
import yaml
from prometheus_client import Counter

from compressor_service.policy import Defaults, Profile, RateRange
from compressor_service.validation import check_engine, check_phrases, check_ranges, check_rate
from grpc_serving.environment import SettingsError
from grpc_serving.errors import ServingError
from grpc_serving.security import file_stamp

RELOADS = Counter("pith_compressor_policies_reloads_total", "Changes of the policies file by result.", ["result"])

_MAX_BYTES = 4 * 2**20
_MAX_TENANTS = 100_000
_MAX_TOKENS = 2**32 - 1
_CHECK_EVERY_S = 1.0
_PROFILES = {profile.name.lower(): profile for profile in Profile}
_RANGE_FIELDS = ("min_tokens", "max_tokens", "value")
_FIELDS = (
    "profile",
    "furthest",
    "rate",
    "min_tokens",
    "compressor_type",
    "compression_ranges",
    "force_tokens",
    "protect_extra",
    "compress_system",
    "engine",
    "tags",
)

log = structlog.get_logger("compressor_service.policies_file")


class WatchedPolicies:
    """The policies of a file: read at the start, and again when the file has changed; a wrong file changes nothing."""

    def __init__(self, path: Path, fallback: Defaults, engines: Sequence[str]) -> None:
        self._path = path
        self._fallback = fallback
        self._engines = engines
        self._stamp = file_stamp(path)
        self._everyone, self._tenants = read_policies(path, fallback, engines)
        self._watching: asyncio.Task[None] | None = None

    def defaults_for(self, tenant_id: str) -> Defaults:
        """Return the defaults of one tenant."""
        return self._tenants.get(tenant_id, self._everyone)

    def watch(self) -> None:
        """Look for changes every second, away from the requests; needs a running loop."""
        self._watching = asyncio.get_running_loop().create_task(self._watch(), name="policies-file")

    async def close(self) -> None:
        """Stop looking."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_EVERY_S)
            await asyncio.to_thread(self.refresh)

    def refresh(self) -> None:
        """Read the file again if it has changed."""
        stamp = file_stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._everyone, self._tenants = read_policies(self._path, self._fallback, self._engines)
        except SettingsError as error:
            RELOADS.labels("refused").inc()
            log.error("policies file not reloaded, the former policies stay valid", reason=str(error))  # noqa: TRY400
        else:
            RELOADS.labels("loaded").inc()
            log.info("policies file reloaded", tenants=len(self._tenants))


def read_policies(path: Path, fallback: Defaults, engines: Sequence[str]) -> tuple[Defaults, dict[str, Defaults]]:
    """Return the defaults for everyone and for each tenant; SettingsError names the file, the field and the limit."""
    try:
        written = _load(path)
        _check_keys("", written, ("default", "tenants"))
        everyone = _defaults("default", written.get("default") or {}, fallback, engines)
        tenants = _mapping("tenants", written.get("tenants") or {})
        if len(tenants) > _MAX_TENANTS:
            _refuse("tenants", f"at most {_MAX_TENANTS}, not {len(tenants)}")
        return everyone, {
            tenant: _defaults(f"tenants.{tenant}", entry or {}, everyone, engines) for tenant, entry in tenants.items()
        }
    except _Wrong as wrong:
        raise SettingsError([f"policies file {path}: {wrong}"]) from wrong
    except ServingError as wrong:
        raise SettingsError([f"policies file {path}: {wrong}"]) from wrong
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
        raise SettingsError([f"policies file {path}: {wrong}"]) from wrong


class _Wrong(Exception):  # noqa: N818
    """What is wrong with a field."""


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML forbids and the library lets pass, and aliases, which can explode."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse an alias."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not supported here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Refuse a repeated key."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {key!r} stands twice")
        return super().construct_mapping(node, deep=deep)


def _load(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if len(data) > _MAX_BYTES:
        _refuse("", f"at most {_MAX_BYTES} bytes, not {len(data)}")
    return _mapping("", yaml.load(data.decode(), Loader=_Loader) or {})  # noqa: S506


def _defaults(where: str, written: Any, fallback: Defaults, engines: Sequence[str]) -> Defaults:
    entry = _mapping(where, written)
    _check_keys(where, entry, _FIELDS)
    read: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in {"compressor_type", "compression_ranges"}:
            read[name] = _value(f"{where}.{name}", name, value)
    if "compression_ranges" in entry or "compressor_type" in entry:
        read["ranges"] = _ranges(where, entry)
    if "engine" in read:
        check_engine(f"{where}.engine", read["engine"], engines)
    return replace(fallback, **read)


def _value(where: str, name: str, value: Any) -> Any:
    if name in {"profile", "furthest"}:
        return _profile(where, value)
    if name in {"force_tokens", "protect_extra"}:
        return _phrases(where, value)
    if name == "min_tokens":
        return _count(where, value)
    if name == "rate":
        check_rate(where, _number(where, value))
        return float(value)
    kind, described = (str, "the name of an engine") if name == "engine" else (bool, "true or false")
    return value if isinstance(value, kind) else _refuse(where, f"must be {described}, not {value!r:.80}")


def _profile(where: str, value: Any) -> Profile:
    if value is False:  # YAML reads a bare off so
        return Profile.OFF
    found = _PROFILES.get(value) if isinstance(value, str) else None
    return found or _refuse(where, f"must be one of {', '.join(_PROFILES)}, not {value!r:.80}")


def _ranges(where: str, entry: Mapping[str, Any]) -> tuple[RateRange, ...]:
    kind = entry.get("compressor_type", "rate")
    if kind not in {"rate", "target_token"}:
        _refuse(f"{where}.compressor_type", f"must be rate or target_token, not {kind!r}")
    written = entry.get("compression_ranges") or []
    field = f"{where}.compression_ranges"
    if not isinstance(written, list):
        _refuse(field, f"must be a list, not {written!r}")
    ranges = tuple(_range(f"{field}[{number}]", one, kind) for number, one in enumerate(written))
    check_ranges(field, ranges)
    return ranges


def _range(where: str, written: Any, kind: str) -> RateRange:
    one = _mapping(where, written)
    _check_keys(where, one, _RANGE_FIELDS)
    if "value" not in one:
        _refuse(f"{where}.value", "is missing")
    smallest = _count(f"{where}.min_tokens", one.get("min_tokens", 0))
    limit = _count(f"{where}.max_tokens", one.get("max_tokens", 0))
    if kind == "rate":
        rate = _number(f"{where}.value", one["value"])
        check_rate(f"{where}.value", rate)
        return RateRange(smallest, limit, rate)
    target = _count(f"{where}.value", one["value"])
    return (
        RateRange(smallest, limit, target_tokens=target) if target else _refuse(f"{where}.value", "must be at least 1")
    )


def _mapping(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(where, f"must be a mapping, not {value!r:.80}")
    for key in value:
        if not isinstance(key, str):
            _refuse(where, f"{key!r} must be written as text, in quotation marks")
    return dict(value)


def _check_keys(where: str, entry: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in entry:
        if key not in known:
            _refuse(f"{where}.{key}".lstrip("."), f"is not known here; known are {', '.join(known)}")


def _number(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(where, f"must be a number, not {value!r:.80}")
    return float(value)


def _count(where: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_TOKENS:
        _refuse(where, f"must be a whole number from 0 to {_MAX_TOKENS}, not {value!r:.80}")
    return int(value)


def _phrases(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(phrase, str) for phrase in value):
        _refuse(where, "must be a list of texts")
    phrases = tuple(value)
    check_phrases(where, phrases)
    return phrases


def _refuse(where: str, description: str) -> Any:
    raise _Wrong(f"{where}: {description}" if where else description)
