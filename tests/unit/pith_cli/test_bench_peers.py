"""The command, where the peers are not installed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.mark.skipif(find_spec("gptcache") is not None, reason="the peers are installed")
def test_without_the_peers_it_says_how_to_get_them(tmp_path: Path) -> None:
    """What is missing, and the command that installs it; nothing is written."""
    command = [sys.executable, "-m", "pith_cli.bench.peers", "--json", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 1
    assert "llmlingua, gptcache; `make bench-peers` makes the environment" in done.stdout
    assert not (tmp_path / "out").exists()
