"""Makes the environments of child processes: what they need, without keys or settings that would lead elsewhere."""

from collections.abc import Mapping
from types import MappingProxyType

PROVIDER_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "openai": ("OPENAI_API_KEY",),
        "anthropic": ("ANTHROPIC_API_KEY",),
        "gemini": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        "groq": ("GROQ_API_KEY",),
    }
)
# The embedded stack has no such servers.
_ELSEWHERE = (
    "DATABASE_URL",
    "REDIS_HOST",
    "REDIS_PORT",
    "REDIS_PASSWORD",
    "REDIS_URL",
)
_LANGFUSE = ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY")
_BASES = ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "GROQ_API_BASE")
_NO_PROXY = "127.0.0.1,localhost"


def found_keys(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that holds each provider's key, for the providers that have one."""
    found = {}
    for provider, names in PROVIDER_KEYS.items():
        present = [name for name in names if env.get(name)]
        if present:
            found[provider] = present[0]
    return found


def child_environment(env: Mapping[str, str], *, real: bool) -> dict[str, str]:
    """Return the environment all children share; without real no provider key and no provider address is in it."""
    # Compiled files make a LiteLLM that starts in a third of the time.
    dropped = {"PYTHONDONTWRITEBYTECODE", *_ELSEWHERE}
    if not real:
        dropped.update(name for names in PROVIDER_KEYS.values() for name in names)
        # Nor does made-up traffic belong in anybody's traces.
        dropped.update(_BASES, _LANGFUSE)
    kept = {name: value for name, value in env.items() if name not in dropped}
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, (kept.get(name), _NO_PROXY)))
    return kept | {"PYTHONUNBUFFERED": "1"}
