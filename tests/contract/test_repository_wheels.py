"""The two wheels hold what whoever installs them needs, and the small one stays small."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent.parent


def build(project: Path, out: Path) -> tuple[Path, set[str]]:
    """Builds the wheel of a project; the file and the names in it."""
    hatchling = Path(sys.executable).with_name("hatchling")
    subprocess.run(
        [hatchling, "build", "-t", "wheel", "-d", out], cwd=project, check=True, capture_output=True, timeout=50
    )
    (wheel,) = out.glob("*.whl")
    return wheel, set(ZipFile(wheel).namelist())


def test_the_wheel_of_the_hooks_is_small(tmp_path: Path) -> None:
    """Hooks and stubs, nothing else, in under 300 kB."""
    wheel, names = build(ROOT / "litellm-hooks", tmp_path)
    assert wheel.stat().st_size < 300_000
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"litellm_hooks", "pith"}
    assert {"litellm_hooks/begin.py", "pith/cache/v1/cache_pb2.py"} <= names


def test_the_wheel_holds_weights_and_migrations(tmp_path: Path) -> None:
    """What the services read at start lies in the wheel."""
    _, names = build(ROOT, tmp_path)
    assert "cache_service/weights/all-minilm-l6-v2-int8.onnx" in names
    assert "platform_api/migrations/env.py" in names
    assert "pith_cli/main.py" in names
