"""What the compressor service can be set to."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from compressor_service.economics import DEFAULT_PRICES, parse_prices
from compressor_service.engines import NAMES
from compressor_service.engines.options import DEFAULT_CHECKPOINT
from grpc_serving.settings import MEBIBYTE, ServingSettings


class CompressorSettings(ServingSettings):
    """The settings of the compressor service, read from PITH_COMPRESSOR_* variables."""

    model_config = SettingsConfigDict(env_prefix="PITH_COMPRESSOR_", frozen=True)

    address: str = Field(
        "127.0.0.1:50051",
        description="where gRPC listens: `host:port`, `[v6]:port` or `unix:path`; port 0 takes a free one",
    )
    metrics_port: int = Field(
        9101,
        ge=0,
        le=65535,
        description="HTTP port of the Prometheus metrics, 0 is off; worker number i (from 0) takes this plus 10 i",
    )
    default_profile: Literal["off", "lossless", "safe", "balanced", "max"] = Field(
        "balanced", description="profile of requests that name none, where the policies file says nothing else"
    )
    furthest_profile: Literal["off", "lossless", "safe", "balanced", "max"] = Field(
        "max", description="the furthest profile a request gets; below `max` it is a floor for explicit rates too"
    )
    min_tokens: int | None = Field(
        None,
        ge=0,
        description="texts with fewer eligible tokens are left alone; by default 500 for `balanced` at its own rates, else 250",
    )
    policies_file: Path | None = Field(
        None, description="YAML file with the policies of tenants; read again within a second of a change"
    )
    word_engine: Literal["tiny_onnx", "llmlingua2", "llmlingua_library", "none"] = Field(
        "tiny_onnx",
        description="what cuts text without a question, and the words of short dense text with one; `none`: such text keeps its words",
    )
    extra_engines: str = Field(
        "", description="further word engines that requests may name, with commas between; loaded at the start, too"
    )
    default_budget_ms: float = Field(
        200.0, gt=0, description="time for a request that names no budget, waiting included, in milliseconds"
    )
    max_text_bytes: int = Field(2_000_000, ge=1, description="largest text of one segment, in bytes of UTF-8")
    max_segments: int = Field(2_000, ge=1, description="most segments in one request")
    threads: int = Field(
        1,
        ge=1,
        le=64,
        description="requests that one worker works on at the same time: more than one only to fill the batches of an LLMLingua engine",
    )
    max_waiting: int = Field(64, ge=1, description="requests that may wait for a thread; more are refused at once")
    cache_prices: str = Field(
        "",
        description="what providers bill for cached prompts, as shares of their input price: `provider=read/write/minimum_tokens,...`;"
        f" those left out keep their defaults ({DEFAULT_PRICES})",
    )
    memo: Literal["sqlite", "redis", "lru"] = Field(
        "sqlite",
        description="where the workers share what was sent on: a file on this machine, a Redis of all replicas, or nowhere (`lru`)",
    )
    data_dir: Path = Field(
        Path("~/.local/share/pith/compressor"),
        description="folder of the SQLite file, and of the secret unless that is set",
    )
    secret_file: Path | None = Field(
        None,
        description="file of 32 secret bytes that name and seal what is remembered; made with mode 0600 where it is missing"
        " (`secret` in the data folder by default); replicas must share it",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="the Redis of `memo` = `redis`: redis://, rediss:// or unix://; by default redis://127.0.0.1:6379/0",
    )
    memo_ttl_s: float = Field(
        86_400.0,
        ge=3_600,
        description="how long a shared memo keeps an entry after its last use; longer than a provider keeps a prompt, in seconds",
    )
    memo_timeout_ms: float = Field(
        25.0, gt=0, le=10_000, description="longest one call to a shared memo may take, in milliseconds"
    )
    memo_file_max_bytes: int = Field(1024 * MEBIBYTE, ge=MEBIBYTE, description="size of the SQLite file, in bytes")
    memo_max_entries: int = Field(20_000, ge=1, description="texts whose result one worker remembers in its own memory")
    memo_max_bytes: int = Field(64 * MEBIBYTE, ge=0, description="size of that memory, in bytes")
    llmlingua_model: str = Field(
        DEFAULT_CHECKPOINT,
        min_length=1,
        description="checkpoint of the LLMLingua engines: a folder or a name on the hub",
    )
    llmlingua_device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the LLMLingua engines run")
    llmlingua_precision: Literal["auto", "float32", "bfloat16", "float16", "int8"] = Field(
        "auto", description="number format of the LLMLingua engines; `auto`: float16 on a GPU, int8 on a CPU"
    )
    llmlingua_threads: int = Field(
        0, ge=0, le=256, description="CPU threads of one call of an LLMLingua engine; 0 leaves it to the library"
    )

    @field_validator("extra_engines")
    @classmethod
    def _engines_are_known(cls, value: str) -> str:
        unknown = [name for name in _names(value) if name not in NAMES]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no word engine; known are {', '.join(NAMES)}")
        return value

    @field_validator("cache_prices")
    @classmethod
    def _prices_are_readable(cls, value: str) -> str:
        parse_prices(value)
        return value

    @property
    def engine_names(self) -> list[str]:
        """The word engines to load, without repetitions, the default one first."""
        wanted = [*([] if self.word_engine == "none" else [self.word_engine]), *_names(self.extra_engines)]
        return list(dict.fromkeys(wanted))

    @property
    def folder(self) -> Path:
        """The data folder with `~` resolved."""
        return self.data_dir.expanduser()

    @property
    def secret_path(self) -> Path:
        """Where the secret lies."""
        return (self.secret_file or self.folder / "secret").expanduser()


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]
