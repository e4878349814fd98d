"""The settings of the hooks, read from variables that begin with PITH_HOOKS_."""

# ruff: noqa: RUF009  (_setting is dataclasses.field with a meaning)

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "PITH_HOOKS_"
MASTER_KEY = "LITELLM_MASTER_KEY"

# What Kubernetes puts into a pod's environment for a service that happens to be called pith-hooks.
_KUBERNETES = re.compile(r"(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_TCP.*)?)")


class SettingsError(ValueError):
    """A variable that is unknown or cannot be read."""


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class HookSettings:
    """What an operator can set; one line a setting."""

    enabled: bool = _setting(default=True, meaning="`false`: every request passes through untouched")
    mask: bool = _setting(
        default=False, meaning="`true`: replace personal data by placeholders before anything else sees it"
    )
    compressor_address: str = _setting("127.0.0.1:50051", "compressor-service, as a gRPC target")
    cache_address: str = _setting("127.0.0.1:50052", "cache-service, as a gRPC target")
    usage_address: str = _setting("127.0.0.1:50053", "UsageService of platform-api, as a gRPC target")
    lookup_timeout_ms: float = _setting(60.0, "deadline of a lookup")
    compress_timeout_ms: float = _setting(
        80.0, "deadline of a compression; lookup and compression together never take more than 1.5 times the larger one"
    )
    coalesce_wait_ms: float = _setting(
        0.0,
        "how long a request waits for the same answer that is on its way to another one; 0: not at all. The deadline of such"
        " a lookup grows by it",
    )
    coalesce_max_waiting: int = _setting(
        200, "requests that wait for another one's answer, per worker; more go to the provider at once"
    )
    coalesce_max_leads: int = _setting(1000, "calls under way whose answers may be waited for, per worker")
    store_timeout_ms: float = _setting(2000.0, "deadline of Store and Release, in the background")
    usage_timeout_ms: float = _setting(2000.0, "deadline of Record, in the background")
    breaker_failures: int = _setting(5, "consecutive missed deadlines after which a service is left alone")
    breaker_cooldown_s: float = _setting(5.0, "how long it is left alone before one request tries again")
    stash_max_requests: int = _setting(20_000, "requests under way whose state is kept, per worker")
    stash_max_bytes: int = _setting(
        64 * 1024 * 1024, "bytes of stored answers that wait for LiteLLM to fetch them, per worker"
    )
    stash_max_age_s: float = _setting(900.0, "age at which a request's state is dropped")
    background_max_tasks: int = _setting(
        1000, "Store and Release calls under way, per worker; more are dropped and counted"
    )
    usage_max_events: int = _setting(10_000, "usage events waiting to be sent, per worker; then the oldest are dropped")
    max_message_bytes: int = _setting(16 * 1024 * 1024, "largest gRPC message")
    metrics_port: int = _setting(
        0, "port of the counters as Prometheus text; 0: off; a worker that finds it taken uses the next free one"
    )
    metrics_host: str = _setting("127.0.0.1", "address on which the counters are shown; they hold no prompt text")
    jwt_public_key_file: Path | None = _setting(
        None, "PEM of the Ed25519 key that platform-api signs with; re-read when it changes"
    )
    token_file: Path | None = _setting(None, "file with the bearer token for the services; re-read when it changes")
    tls_ca_file: Path | None = _setting(None, "PEM of the services' CA; set: connections use TLS")
    tls_cert_file: Path | None = _setting(None, "PEM of the client certificate (mTLS)")
    tls_key_file: Path | None = _setting(None, "PEM of the client certificate's key")
    master_key: str = field(
        default="",
        repr=False,
        metadata={"variable": MASTER_KEY, "meaning": "LiteLLM's own key: acts as proxy administrator"},
    )

    @property
    def total_timeout_s(self) -> float:
        """The most that lookup and compression together may add to a request."""
        return 1.5 * max(self.lookup_timeout_ms, self.compress_timeout_ms) / 1000

    @property
    def longest_wait_s(self) -> float:
        """The most that waiting for another request's answer may add to that."""
        return (self.coalesce_wait_ms + self.lookup_timeout_ms) / 1000 if self.coalesce_wait_ms else 0.0


def load_settings(env: Mapping[str, str]) -> HookSettings:
    """Read the settings; raise SettingsError for a variable with our prefix that is unknown or malformed."""
    known = {_variable(f): f for f in fields(HookSettings)}
    unknown = [name for name in env if name.startswith(PREFIX) and name not in known and not _from_kubernetes(name)]
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(sorted(unknown))}")
    values = {f.name: _convert(name, f.type, text=env[name]) for name, f in known.items() if name in env}
    settings = HookSettings(**values)
    for path in (settings.tls_ca_file, settings.tls_cert_file, settings.tls_key_file):
        if path is not None and not path.is_file():
            raise SettingsError(f"{path} is not a file")
    return settings


def settings_table() -> str:
    """Write the settings as the Markdown table of the README."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    rows += [f"| `{_variable(f)}` | {_shown(f.default)} | {f.metadata['meaning']} |" for f in fields(HookSettings)]
    return "\n".join(rows)


def _variable(f: Any) -> str:
    return str(f.metadata.get("variable", PREFIX + f.name.upper()))


def _shown(default: Any) -> str:
    if default in (None, ""):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _from_kubernetes(name: str) -> bool:
    return _KUBERNETES.fullmatch(name.removeprefix(PREFIX)) is not None


def _convert(name: str, kind: Any, *, text: str) -> Any:
    try:
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
        if kind in (int, float):
            return _not_negative(kind(text))
    except (KeyError, ValueError):
        raise SettingsError(
            f"{name}: {text!r} is not a {kind.__name__}{'' if kind is bool else ' of at least 0'}"
        ) from None
    if kind is str:
        return text
    return Path(text).expanduser() if text else None


def _not_negative(number: float) -> float:
    if not 0 <= number < float("inf"):
        raise ValueError
    return number
