"""The repository keeps its own rules: import borders, file sizes, task list, no host of a registry."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
PACKAGES = [
    "grpc-serving/grpc_serving",
    "compressor-service/compressor_service",
    "cache-service/cache_service",
    "litellm-hooks/litellm_hooks",
    "platform-api/platform_api",
    "cli/pith_cli",
]
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
STATUSES = {"pending", "in-progress", "done", "deferred", "cancelled", "blocked", "review"}


def test_the_import_borders_hold() -> None:
    """import-linter keeps every contract of pyproject.toml."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=55, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small_and_says_its_job(path: Path) -> None:
    """A file has at most 300 lines and a docstring, and no function passes 60 lines."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300
    assert ast.get_docstring(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > 60] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_no_bucket_name(path: Path) -> None:
    """No module or folder is called utils, common, helpers, base, core, misc or manager."""
    assert not set(path.relative_to(ROOT).with_suffix("").parts) & {
        "utils", "common", "helpers", "base", "core", "misc", "manager",
    }  # fmt: skip


def test_broad_excepts_stand_in_three_places_only() -> None:
    """`except Exception` stands in the interceptor, the batcher and the hooks' outermost guard."""
    places = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"except (Base)?Exception\b", path.read_text())
    }
    assert places <= {
        "grpc-serving/grpc_serving/interceptor.py",
        "grpc-serving/grpc_serving/batcher.py",
        "litellm-hooks/litellm_hooks/worker.py",
    }


def test_every_folder_of_the_tree_exists() -> None:
    """The folders that the architecture names hold something."""
    folders = [
        *PACKAGES, "proto", "cli/pith_cli/providers", "compressor-service/training", "cache-service/training", "kong",
        "compressor-service/compressor_service/engines", "compressor-service/compressor_service/memos",
        "compressor-service/compressor_service/weights", "cache-service/cache_service/guards",
        "cache-service/cache_service/embedders", "cache-service/cache_service/stores", "cache-service/cache_service/weights",
        "platform-api/platform_api/edge", "platform-api/platform_api/management", "platform-api/platform_api/domain",
        "platform-api/platform_api/storage", "platform-api/platform_api/console", "platform-api/migrations",
        "deploy/litellm", "deploy/kustomize/base", "deploy/kustomize/overlays", "deploy/kustomize/components",
        "deploy/prometheus", "deploy/grafana", "docs/guides", "docs/challenges", "docs/decisions", "samples/documents",
        "tests/unit", "tests/contract", "tests/integration", "tests/e2e",
    ]  # fmt: skip
    assert [folder for folder in folders if not any((ROOT / folder).iterdir())] == []


def test_the_lock_names_no_host_and_no_torch() -> None:
    """requirements.lock pins with hashes, without torch, and without the address of any registry."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert not re.search(r"^(torch|nvidia-)", lock, re.MULTILINE)
    pins = re.findall(r"^[a-z0-9][^\n]*==[^\n]*", lock, re.MULTILINE)
    assert len(pins) > 100
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", lock.strip()))


def test_pip_installs_the_lock_and_resolves_nothing() -> None:
    """Left to resolve, pip takes an extra of a pinned package for an unpinned one, and fails when a newer one is out."""
    for script in ("setup.sh", "setup-torch.sh"):
        text = (ROOT / script).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if "--require-hashes" in line and "uv pip" not in line]
        assert lines
        assert all("--no-deps" in line or '"${pip[@]}"' in line for line in lines)
    assert re.search(r"^ *pip=\(.*--no-deps\)$", (ROOT / "setup-torch.sh").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_lock_leaves_nothing_out() -> None:
    """Every requirement of every package that is installed here is installed, in a version that it takes."""
    installed = {canonicalize_name(one.metadata["Name"]): one for one in distributions()}
    missing = [
        f"{name} needs {requirement}"
        for name, one in installed.items()
        for requirement in map(Requirement, one.requires or ())
        if (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
        and not _is_met(requirement, installed)
    ]
    assert missing == []


def _is_met(requirement: Requirement, installed: Mapping[str, Distribution]) -> bool:
    found = installed.get(canonicalize_name(requirement.name))
    return found is not None and requirement.specifier.contains(found.version, prereleases=True)


def test_the_task_list_is_well_formed() -> None:
    """Task ids are unique, statuses known, and dependencies point at tasks."""
    for tag in json.loads((ROOT / ".taskmaster/tasks/tasks.json").read_text(encoding="utf-8")).values():
        ids = [task["id"] for task in tag["tasks"]]
        assert len(ids) == len(set(ids))
        assert {task["status"] for task in tag["tasks"]} <= STATUSES
        assert all(set(task["dependencies"]) <= set(ids) - {task["id"]} for task in tag["tasks"])
