"""Tests of what a stack consists of."""

import os
from dataclasses import replace
from pathlib import Path

from pith_cli.stack_file import addresses_of
from pith_cli.up.environment import PROVIDER_KEYS, child_environment
from pith_cli.up.plan import RedisPlan, StackPlan, litellm_environment, new_master_key, specs
from pith_cli.up.ports import USUAL_PORTS
from pith_cli.up.run_folder import RunFolder

_KEYS = {"OPENAI_API_KEY": "sk-real", "GROQ_API_KEY": "gsk-real"}


def _plan(*, real: bool) -> StackPlan:
    ports = {name: port + 10 for name, port in USUAL_PORTS.items()}
    env = child_environment({**os.environ, **_KEYS}, real=real)
    return StackPlan(RunFolder(Path("/out")), Path("/repo"), ports, addresses_of(ports), env, "sk-master", real)


def test_every_service_keeps_its_data_in_the_folder_of_the_run() -> None:
    """Nothing of a run lands in anybody's home."""
    env = {spec.name: spec.env for spec in specs(_plan(real=False))}
    assert env["cache-service"]["PITH_CACHE_DATA_DIR"] == "/out/run/cache-service"
    assert env["platform-api"]["PITH_PLATFORM_DATA_DIR"] == "/out/run/platform-api"
    assert env["platform-api"]["PITH_PLATFORM_ADMIN_KEY_OUT"] == "/out/run/admin.key"


def test_a_redis_of_its_own_is_started_before_the_cache(tmp_path: Path) -> None:
    """On the chosen port, and the cache is told of it; one that is there already is only told."""
    plan = replace(_plan(real=False), folder=RunFolder(tmp_path))
    assert not any(spec.name == "redis" for spec in specs(plan))
    own = {spec.name: spec for spec in specs(replace(plan, redis=RedisPlan("redis://h:1/0", "/bin/redis", 1)))}
    assert list(own["redis"].command[:5]) == ["/bin/redis", "--bind", "127.0.0.1", "--port", "1"]
    assert own["cache-service"].after == ("redis",)
    assert own["cache-service"].env["PITH_CACHE_REDIS_URL"] == "redis://h:1/0"
    there = {spec.name: spec for spec in specs(replace(plan, redis=RedisPlan("redis://there:2/0")))}
    assert "redis" not in there
    assert there["cache-service"].env["PITH_CACHE_STORE"] == "redis_vectorset"
    assert there["cache-service"].after == ()


def test_the_parts_know_each_other_by_the_chosen_ports() -> None:
    """A replaced port reaches everybody who calls it."""
    env = {spec.name: spec.env for spec in specs(_plan(real=False))}
    assert env["compressor-service"]["PITH_COMPRESSOR_ADDRESS"] == "127.0.0.1:50061"
    assert env["litellm"]["PITH_HOOKS_COMPRESSOR_ADDRESS"] == "127.0.0.1:50061"
    assert env["litellm"]["PITH_HOOKS_CACHE_ADDRESS"] == env["cache-service"]["PITH_CACHE_ADDRESS"]
    assert env["litellm"]["PITH_HOOKS_USAGE_ADDRESS"] == env["platform-api"]["PITH_PLATFORM_ADDRESS"]
    assert env["platform-api"]["PITH_PLATFORM_LITELLM_URLS"] == "http://127.0.0.1:4010"


def test_stand_ins_answer_for_every_provider() -> None:
    """The proxy gets an address and a made-up key for each, and no real key is left."""
    plan = _plan(real=False)
    env = litellm_environment(plan)
    bases = [value for name, value in env.items() if name.startswith("PITH_LITELLM_") and name.endswith("_BASE")]
    assert len(bases) == len(PROVIDER_KEYS)
    assert all(base.startswith("http://127.0.0.1:9100/") for base in bases)
    assert not any("real" in value for spec in specs(plan) for name, value in spec.env.items() if "API_KEY" in name)
    assert next(spec.name for spec in specs(plan)) == "providers"


def test_real_providers_are_called_at_their_own_addresses() -> None:
    """With --real there are no stand-ins and the user's keys are kept."""
    plan = _plan(real=True)
    env = litellm_environment(plan)
    assert env["OPENAI_API_KEY"] == "sk-real"
    assert not [name for name in env if name.startswith("PITH_LITELLM_")]
    assert "providers" not in [spec.name for spec in specs(plan)]


def test_the_proxy_waits_for_the_key_that_it_checks_tokens_with() -> None:
    """It starts when platform-api is ready, with telemetry off and prices that need no download."""
    litellm = specs(_plan(real=False))[-1]
    assert litellm.after == ("platform-api",)
    assert litellm.env["PITH_HOOKS_JWT_PUBLIC_KEY_FILE"] == "/out/run/platform-api/jwt_public.pem"
    assert litellm.env["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"
    assert " ".join(litellm.command).endswith("--telemetry False --host 127.0.0.1 --port 4010")


def test_every_run_has_a_master_key_of_its_own() -> None:
    """It cannot be guessed."""
    keys = {new_master_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(key.startswith("sk-") and len(key) > 40 for key in keys)
