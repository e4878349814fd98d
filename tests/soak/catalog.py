"""The long checks by name."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from soak import determinism, isolation, memory, prefix, protected
from soak.check import Check

CHECKS: Mapping[str, Callable[[], Check]] = MappingProxyType(
    {
        "determinism": determinism.check,
        "protected_content": protected.check,
        "prefix_stability": prefix.check,
        "memory_compressor": memory.compressor,
        "memory_cache": memory.cache,
        "cache_isolation": isolation.check,
    }
)
