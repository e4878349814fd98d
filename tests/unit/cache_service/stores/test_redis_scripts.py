"""The Lua scripts: what they must never do."""

from cache_service.stores import redis_local, redis_scripts, redis_search, redis_vectorset
from cache_service.stores.redis_client import Script
from cache_service.stores.redis_vectorset import VectorSets


def all_scripts() -> list[str]:
    """The text of every script of the stores."""
    modules = (redis_scripts, redis_local, redis_search, redis_vectorset)
    found = [value.text for module in modules for value in vars(module).values() if isinstance(value, Script)]
    return [*found, VectorSets(None, sealed=False).put_script.text]  # type: ignore[arg-type]


def test_no_script_takes_an_element_out_of_a_vector_set() -> None:
    """VREM crashes the server, and so may what follows on a set that it has damaged."""
    texts = all_scripts()
    assert len(texts) > 10
    assert not [text for text in texts if "VREM" in text.upper()]


def test_no_script_uses_the_servers_clock_or_chance() -> None:
    """Times come from the caller, so that replicas and tests decide alike."""
    assert not [text for text in all_scripts() if "'TIME'" in text or "math.random" in text]
