"""What the compressor service can be set to."""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

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
        description="HTTP port of the Prometheus metrics, 0 is off; worker number i (from 0) takes this plus i",
    )
    default_profile: Literal["off", "lossless", "safe", "balanced", "max"] = Field(
        "safe", description="profile of requests that name none"
    )
    furthest_profile: Literal["off", "lossless", "safe", "balanced", "max"] = Field(
        "max", description="the furthest profile a request gets; below `max` it is a floor for explicit rates too"
    )
    min_tokens: int = Field(
        250, ge=0, description="segments with fewer tokens are left alone, unless a request says otherwise"
    )
    default_budget_ms: float = Field(
        200.0, gt=0, description="time for a request that names no budget, waiting included, in milliseconds"
    )
    max_text_bytes: int = Field(2_000_000, ge=1, description="largest text of one segment, in bytes of UTF-8")
    max_segments: int = Field(2_000, ge=1, description="most segments in one request")
    threads: int = Field(2, ge=1, le=64, description="requests that one worker works on at the same time")
    max_waiting: int = Field(64, ge=1, description="requests that may wait for a thread; more are refused at once")
    memo_max_entries: int = Field(20_000, ge=1, description="texts whose result one worker remembers")
    memo_max_bytes: int = Field(64 * MEBIBYTE, ge=0, description="size of that memory, in bytes")
