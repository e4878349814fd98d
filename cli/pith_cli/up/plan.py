"""Decides what a stack consists of: the command, the environment and the readiness of every process."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pith_cli.redis_server import server_command
from pith_cli.stack_file import StackAddresses
from pith_cli.up.ports import HOST
from pith_cli.up.probes import all_of, grpc_serving, http_ok, redis_is
from pith_cli.up.processes import ProcessSpec
from pith_cli.up.run_folder import RunFolder

SERVICE_DEADLINE_S = 60.0
# A first start compiles LiteLLM's 3,000 modules.
LITELLM_DEADLINE_S = 180.0
# A laptop that starts seven processes can take far longer for a call than the defaults of 60 and 80 ms allow.
LOOKUP_TIMEOUT_MS = 1000
COMPRESS_TIMEOUT_MS = 1000
REDIS_STORE = "redis_vectorset"
_BASE_PATHS = {
    "OPENAI": "/openai/v1",
    "ANTHROPIC": "/anthropic",
    "GEMINI": "/gemini/v1beta",
    "GROQ": "/groq/openai/v1",
}
_STAND_IN_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GROQ_API_KEY")


@dataclass(frozen=True)
class RedisPlan:
    """The Redis of a stack: the URL of one that is there, or else the program of one to start."""

    url: str
    program: str = ""
    port: int = 0


@dataclass(frozen=True)
class StackPlan:
    """What all processes of one stack depend on."""

    folder: RunFolder
    checkout: Path
    ports: Mapping[str, int]
    addresses: StackAddresses
    env: Mapping[str, str]
    master_key: str
    real: bool
    redis: RedisPlan | None = None

    @property
    def jwt_public_key(self) -> Path:
        """The file that platform-api writes and the hooks read."""
        return self.folder.data("platform-api") / "jwt_public.pem"


def new_master_key() -> str:
    """Make a master key for one run of the proxy."""
    return f"sk-{secrets.token_urlsafe(32)}"


def specs(plan: StackPlan) -> list[ProcessSpec]:
    """Return every process of the stack; the proxy waits for the key that platform-api makes."""
    stand_ins = [] if plan.real else [_providers(plan)]
    servers = [_redis(plan, plan.redis)] if plan.redis is not None and plan.redis.program else []
    return [*stand_ins, *servers, _compressor(plan), _cache(plan), _platform(plan), _litellm(plan)]


def litellm_environment(plan: StackPlan) -> dict[str, str]:
    """Return the environment of the proxy and of the script that renders its configuration."""
    return {
        **plan.env,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MASTER_KEY": plan.master_key,
        "PITH_HOOKS_COMPRESSOR_ADDRESS": plan.addresses.compressor,
        "PITH_HOOKS_CACHE_ADDRESS": plan.addresses.cache,
        "PITH_HOOKS_USAGE_ADDRESS": plan.addresses.usage,
        "PITH_HOOKS_LOOKUP_TIMEOUT_MS": str(LOOKUP_TIMEOUT_MS),
        "PITH_HOOKS_COMPRESS_TIMEOUT_MS": str(COMPRESS_TIMEOUT_MS),
        "PITH_HOOKS_JWT_PUBLIC_KEY_FILE": str(plan.jwt_public_key),
        **({} if plan.real else _stand_in_variables(plan)),
    }


def _stand_in_variables(plan: StackPlan) -> dict[str, str]:
    bases = {f"PITH_LITELLM_{name}_BASE": plan.addresses.providers + path for name, path in _BASE_PATHS.items()}
    return bases | dict.fromkeys(_STAND_IN_KEYS, "stand-in")


def _providers(plan: StackPlan) -> ProcessSpec:
    return ProcessSpec(
        name="providers",
        command=_module("pith_cli", "providers", "--port", str(plan.ports["providers"])),
        env=plan.env,
        probe=http_ok(f"{plan.addresses.providers}/health"),
        deadline_s=SERVICE_DEADLINE_S,
        where=plan.addresses.providers,
    )


def _compressor(plan: StackPlan) -> ProcessSpec:
    own = {
        "PITH_COMPRESSOR_ADDRESS": plan.addresses.compressor,
        "PITH_COMPRESSOR_METRICS_PORT": str(plan.ports["compressor-metrics"]),
        "PITH_COMPRESSOR_DATA_DIR": str(plan.folder.data("compressor-service")),
    }
    return ProcessSpec(
        name="compressor-service",
        command=_module("compressor_service"),
        env={**plan.env, **own},
        probe=grpc_serving(plan.addresses.compressor),
        deadline_s=SERVICE_DEADLINE_S,
        where=plan.addresses.compressor,
    )


def _cache(plan: StackPlan) -> ProcessSpec:
    own = {
        "PITH_CACHE_ADDRESS": plan.addresses.cache,
        "PITH_CACHE_METRICS_PORT": str(plan.ports["cache-metrics"]),
        "PITH_CACHE_DATA_DIR": str(plan.folder.data("cache-service")),
        # Every outcome is known beforehand: none may turn into a check at the provider.
        "PITH_CACHE_SHADOW_RATE": "0",
        **({} if plan.redis is None else {"PITH_CACHE_STORE": REDIS_STORE, "PITH_CACHE_REDIS_URL": plan.redis.url}),
    }
    return ProcessSpec(
        name="cache-service",
        command=_module("cache_service"),
        env={**plan.env, **own},
        probe=grpc_serving(plan.addresses.cache),
        deadline_s=SERVICE_DEADLINE_S,
        after=("redis",) if plan.redis is not None and plan.redis.program else (),
        where=plan.addresses.cache,
    )


def _redis(plan: StackPlan, redis: RedisPlan) -> ProcessSpec:
    folder = plan.folder.data("redis")
    folder.mkdir(parents=True, exist_ok=True)
    return ProcessSpec(
        name="redis",
        command=server_command(redis.program, redis.port, folder),
        env=plan.env,
        probe=redis_is(redis.port),
        deadline_s=SERVICE_DEADLINE_S,
        where=redis.url,
    )


def _platform(plan: StackPlan) -> ProcessSpec:
    own = {
        "PITH_PLATFORM_EDGE_ADDRESS": f"{HOST}:{plan.ports['edge']}",
        "PITH_PLATFORM_MANAGEMENT_ADDRESS": f"{HOST}:{plan.ports['management']}",
        "PITH_PLATFORM_ADDRESS": plan.addresses.usage,
        "PITH_PLATFORM_LITELLM_URLS": plan.addresses.litellm,
        "PITH_PLATFORM_DATA_DIR": str(plan.folder.data("platform-api")),
        "PITH_PLATFORM_ADMIN_KEY_OUT": str(plan.folder.admin_key),
    }
    return ProcessSpec(
        name="platform-api",
        command=_module("platform_api"),
        env={**plan.env, **own},
        probe=all_of(http_ok(f"{plan.addresses.management}/readyz"), grpc_serving(plan.addresses.usage)),
        deadline_s=SERVICE_DEADLINE_S,
        where=f"{plan.addresses.edge}, management {plan.addresses.management}",
    )


def _litellm(plan: StackPlan) -> ProcessSpec:
    listen = ["--host", HOST, "--port", str(plan.ports["litellm"])]
    config = ["--config", str(plan.folder.litellm_config), "--telemetry", "False"]
    return ProcessSpec(
        name="litellm",
        command=[str(Path(sys.executable).with_name("litellm")), *config, *listen],
        env=litellm_environment(plan),
        probe=http_ok(f"{plan.addresses.litellm}/health/liveliness"),
        deadline_s=LITELLM_DEADLINE_S,
        after=("platform-api",),
        where=plan.addresses.litellm,
    )


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]
