"""What platform-api can be set to."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from grpc_serving.settings import ServingSettings, split_address

MEBIBYTE = 1024 * 1024

Urls = Annotated[tuple[str, ...], NoDecode]


class PlatformSettings(ServingSettings):
    """The settings of platform-api: three listeners, two kinds of upstream, one data folder."""

    model_config = SettingsConfigDict(env_prefix="PITH_PLATFORM_", frozen=True)

    address: str = Field("127.0.0.1:50053", description="where the usage gRPC service listens; port 0 takes a free one")
    workers: int = Field(1, ge=1, le=1, description="always 1: replicas are processes of their own")
    edge_address: str = Field("127.0.0.1:8080", description="where clients send LLM and platform requests")
    management_address: str = Field(
        "127.0.0.1:8082", description="where tenants, keys and usage are managed; also /healthz, /readyz and /metrics"
    )
    litellm_urls: Urls = Field(
        ("http://127.0.0.1:4000",), description="LiteLLM proxies, comma separated; they take turns, and stand in"
    )
    kong_urls: Urls = Field(
        (), description="Kong gateways, comma separated; none: platform paths are served in process"
    )
    llm_gateway: Literal["litellm", "kong"] = Field(
        "litellm", description="which gateway LLM traffic takes; kong is the rollback and needs the Kong URLs"
    )
    data_dir: Path = Field(
        Path("~/.local/share/pith/platform"),
        description="folder of the SQLite file, the pepper, the JWT keys and the digest of the admin key",
    )
    admin_key_out: Path | None = Field(
        None, description="file (mode 0600) that gets the admin key when it is made; none: it is printed once"
    )
    jwt_public_key_out: Path | None = Field(
        None, description="file that gets a copy of the JWT's public key, for hooks that must not see the data folder"
    )
    max_body_bytes: int = Field(32 * MEBIBYTE, ge=1024, description="largest request body, in bytes; beyond it: 413")
    body_idle_timeout_s: float = Field(
        60.0, gt=0, description="how long a client may pause while it sends its body, in seconds; beyond it: 408"
    )
    connect_timeout_s: float = Field(3.0, gt=0, description="how long connecting to an upstream may take, in seconds")
    read_timeout_s: float = Field(
        300.0, gt=0, description="how long an upstream may send nothing, in seconds; beyond it: 504"
    )
    max_upstream_connections: int = Field(
        1000, ge=1, description="connections to all upstreams together; further requests wait, then get 503"
    )
    upstream_down_s: float = Field(
        2.0, ge=0, description="how long an upstream that refused a connection is asked last, in seconds"
    )
    auth_cache_ttl_s: float = Field(
        1.0,
        ge=0,
        le=60,
        description="how long a key's record is reused, in seconds: the longest a revoked key lives on",
    )
    auth_cache_size: int = Field(10_000, ge=1, description="key records and JWTs kept in memory")
    jwt_ttl_s: int = Field(60, ge=10, le=3600, description="life of the JWT that LiteLLM gets, in seconds")

    @field_validator("litellm_urls", "kong_urls", mode="before")
    @classmethod
    def _urls_are_a_list(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("litellm_urls", "kong_urls")
    @classmethod
    def _urls_are_http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
                raise ValueError(f"{url!r} must read http://host:port or https://host:port")
            if parts.username is not None or parts.password is not None:
                raise ValueError(f"a URL of {parts.hostname} must hold no user and no password")
        return tuple(url.rstrip("/") for url in value)

    @field_validator("edge_address", "management_address")
    @classmethod
    def _listener_is_tcp(cls, value: str) -> str:
        if value.startswith("unix:"):
            raise ValueError("must read host:port; unix sockets are for gRPC only")
        split_address(value)
        return value

    @field_validator("data_dir", "admin_key_out", "jwt_public_key_out")
    @classmethod
    def _home_is_known(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser()

    @model_validator(mode="after")
    def _gateway_has_upstreams(self) -> Self:
        if self.llm_gateway == "kong" and not self.kong_urls:
            raise ValueError(f"{self.variable('llm_gateway')}=kong needs {self.variable('kong_urls')}")
        if self.llm_gateway == "litellm" and not self.litellm_urls:
            raise ValueError(f"{self.variable('litellm_urls')} must name at least one LiteLLM")
        return self
