"""The generated stubs are those that the protos give, and the protos follow the rules of buf."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GENERATED = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py")


def stubs(folder: Path) -> dict[str, bytes]:
    """Returns every generated file below `folder` by its relative path."""
    found = (path for pattern in GENERATED for path in folder.glob(f"pith/*/v1/{pattern}"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_the_committed_stubs_are_fresh(tmp_path: Path) -> None:
    """Regenerating gives byte for byte what is committed."""
    subprocess.run([sys.executable, ROOT / "proto/generate.py", tmp_path], check=True, timeout=50)
    assert stubs(tmp_path) == stubs(ROOT / "proto")
    assert len(stubs(tmp_path)) == 9


def test_the_protos_pass_buf_lint() -> None:
    """Buf lint STANDARD finds nothing."""
    buf = Path(sys.executable).with_name("buf")
    done = subprocess.run([buf, "lint", ROOT / "proto"], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
