"""The Kong files are right, and the checker finds the mistakes it is there for."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def checker() -> ModuleType:
    """kong/check.py, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("kong_check", ROOT / "kong/check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(name: str) -> dict[str, Any]:
    """Reads one of the Kong files."""
    return yaml.safe_load((ROOT / "kong" / name).read_text(encoding="utf-8"))


def test_both_files_are_right(checker: ModuleType) -> None:
    """The files as committed have no mistake."""
    assert checker.main([str(ROOT / "kong/kong.yaml"), str(ROOT / "kong/kong-rollback.yaml")]) == 0


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("services", 0, "retries"), 5, "retries"),
        (("services", 0, "retrys"), 1, "unknown field retrys"),
        (("services", 0, "read_timeout"), -1, "read_timeout"),
        (("services", 0, "url"), "platform-api:8082", "url"),
        (("services", 1, "name"), "platform-api", "2 times"),
        (("services", 0, "routes", 0, "strip_path"), True, "strip_path"),
        (("services", 0, "routes", 0, "paths"), ["/v1/chat/completions"], "does not belong"),
        (("plugins", 0, "name"), "ai-prompt-compressor", "not part of Kong OSS"),
        (("plugins", 1, "config", "policy"), "cluster", "local or redis"),
        (("_format_version",), "4.0", "_format_version"),
    ],
)
def test_a_mistake_is_named(checker: ModuleType, path: tuple[Any, ...], value: Any, says: str) -> None:
    """One changed value is found and named."""
    config = load("kong.yaml")
    at: Any = config
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert any(says in problem for problem in checker.check(config, checker.PLATFORM_PATHS))


def test_a_platform_path_without_a_route_is_named(checker: ModuleType) -> None:
    """Every platform path must be served by some route."""
    config = load("kong.yaml")
    config["services"].pop()
    assert checker.uncovered_paths(config, checker.PLATFORM_PATHS) == ["/v1/documents", "/v1/knowledge"]
