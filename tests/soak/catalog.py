"""The long checks by name."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from soak import crash, determinism, isolation, memory, prefix, protected, redis_churn, redis_crash, tenants
from soak.check import Check

CHECKS: Mapping[str, Callable[[], Check]] = MappingProxyType(
    {
        "determinism": determinism.check,
        "protected_content": protected.check,
        "prefix_stability": prefix.check,
        "memory_compressor": memory.compressor,
        "memory_cache": memory.cache,
        "cache_isolation": isolation.check,
        "cache_isolation_sqlite": tenants.check,
        "cache_isolation_redis_vectorset": partial(tenants.check, "redis_vectorset"),
        "cache_isolation_redis_local": partial(tenants.check, "redis_local"),
        "cache_crash": crash.check,
        "redis_crash": redis_crash.check,
        "redis_churn": redis_churn.check,
    }
)
