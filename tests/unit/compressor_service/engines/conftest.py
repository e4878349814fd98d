"""Tiny random checkpoints for the torch engines, whose tests are collected only where torch is: in `make test-torch`."""

from importlib.util import find_spec
from pathlib import Path

import pytest

_NEED_TORCH = ("bench", "checkpoint", "compat", "model", "protocol", "reference", "scorer", "service")
collect_ignore = [] if find_spec("torch") else [f"test_llmlingua_{part}.py" for part in _NEED_TORCH]


@pytest.fixture(scope="session", params=["bert-base-multilingual-cased", "xlm-roberta-large"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny token classifier of each family."""
    from pith_cli.bench.peers_checkpoints import TINY, make_checkpoint

    return make_checkpoint(tmp_path_factory.mktemp("checkpoints"), request.param, TINY)
