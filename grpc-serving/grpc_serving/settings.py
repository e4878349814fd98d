"""What every service can be set to, with the strict reading of it from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as SourceError

from grpc_serving.addresses import is_loopback, split_address
from grpc_serving.environment import SettingsError, complaints, parse_complaint, unknown_variables, variable_name

__all__ = ["ServingSettings", "SettingsError", "load_settings", "settings_table", "split_address"]

MEBIBYTE = 1024 * 1024
METRICS_PORT_STEP = 10


class ServingSettings(BaseSettings):
    """The settings that all services share; a service subclasses it, sets its prefix and adds its own."""

    model_config = SettingsConfigDict(frozen=True)

    address: str = Field(
        description="where gRPC listens: `host:port`, `[v6]:port` or `unix:path`; port 0 takes a free one"
    )
    workers: int = Field(1, ge=1, le=256, description="processes that share the address by SO_REUSEPORT")
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="HTTP port of the Prometheus metrics, 0 is off; worker number i (from 0) takes this plus 10 i",
    )
    max_message_bytes: int = Field(16 * MEBIBYTE, ge=1024, description="largest message in either direction, in bytes")
    max_concurrent_calls: int = Field(
        1000, ge=1, description="calls in progress in one worker beyond which RESOURCE_EXHAUSTED is answered at once"
    )
    grace_s: float = Field(10.0, ge=0, description="after SIGTERM, how long running calls may still take, in seconds")
    max_connection_age_s: float = Field(
        300.0,
        ge=0,
        description="age at which a connection is closed gently so that clients see new replicas, in seconds; 0 is never",
    )
    tls_cert_file: Path | None = Field(
        None, description="PEM certificate chain of the server; reloaded when it changes"
    )
    tls_key_file: Path | None = Field(None, description="PEM private key of the server; reloaded when it changes")
    tls_client_ca_file: Path | None = Field(
        None, description="PEM authorities whose client certificates are demanded (mTLS); reloaded when it changes"
    )
    tokens_file: Path | None = Field(None, description="bearer tokens by role, one a line; reloaded when it changes")
    allow_insecure: bool = Field(
        default=False,
        description="serve beyond loopback with neither tokens nor mTLS; health then knows the service `insecure`",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="the least level that is logged"
    )
    log_format: Literal["json", "console"] = Field("json", description="one JSON object a line, or text for people")

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, _settings_cls: type[BaseSettings], /, **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Takes values from the constructor alone, so that only `load_settings` ever reads an environment."""
        return (sources["init_settings"],)

    @field_validator("address")
    @classmethod
    def _address_is_readable(cls, value: str) -> str:
        split_address(value)
        return value

    @model_validator(mode="after")
    def _settings_fit_together(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError(f"{self.variable('tls_cert_file')} and {self.variable('tls_key_file')} need each other")
        if self.tls_client_ca_file is not None and self.tls_cert_file is None:
            raise ValueError(f"{self.variable('tls_client_ca_file')} needs {self.variable('tls_cert_file')}")
        if self.workers > 1 and self.address.startswith("unix:"):
            raise ValueError(f"{self.variable('workers')} must be 1 on a unix socket, which processes cannot share")
        if self.metrics_port and self.worker_metrics_port(self.workers - 1) > 65535:
            raise ValueError(f"{self.variable('metrics_port')} plus 10 for each further worker must not exceed 65535")
        return self

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable that sets a field."""
        return variable_name(cls.model_config.get("env_prefix", ""), field)

    def worker_metrics_port(self, index: int) -> int:
        """The metrics port of worker number `index`; the step leaves room for services on neighbouring ports. 0 is off."""
        return self.metrics_port + METRICS_PORT_STEP * index if self.metrics_port else 0

    @property
    def host(self) -> str:
        """The host of the address without brackets; empty for a unix socket."""
        return split_address(self.address)[0]

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the address."""
        return is_loopback(self.address)


S = TypeVar("S", bound=ServingSettings)


def load_settings(cls: type[S], env: Mapping[str, str] = os.environ) -> S:
    """Reads settings from an environment, where empty is unset; SettingsError has a line for each wrong variable."""
    prefix = cls.model_config.get("env_prefix", "")
    wrong = unknown_variables(env, prefix=prefix, fields=cls.model_fields)
    try:
        source = EnvSettingsSource(cls)
        source.env_vars = {name.lower(): value for name, value in env.items() if value}
        settings = cls(**source())
    except SourceError as error:
        raise SettingsError([*wrong, parse_complaint(str(error), prefix=prefix)]) from error
    except ValidationError as error:
        raise SettingsError([*wrong, *complaints(error, prefix=prefix)]) from error
    if wrong:
        raise SettingsError(wrong)
    return settings


def settings_table(cls: type[BaseSettings]) -> str:
    """All settings of a class as a Markdown table: variable, default, meaning."""
    prefix = cls.model_config.get("env_prefix", "")
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in cls.model_fields.items():
        default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
        rows.append(f"| `{variable_name(prefix, name)}` | {default} | {field.description or ''} |")
    return "\n".join(rows) + "\n"


def _shown(default: object) -> str:
    if default is None or default in ("", ()):
        return "none"
    if isinstance(default, tuple):
        return f"`{','.join(map(str, default))}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
