"""The llmlingua library behind our protocol."""

import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from compressor_service.engines import EngineUnavailableError, Passage
from compressor_service.engines.llmlingua_library import load
from compressor_service.engines.options import EngineOptions


def options(folder: Path, **others: str) -> EngineOptions:
    """A folder on the cpu."""
    return EngineOptions(model=str(folder), device="cpu", **others)


def test_loading_leaves_the_process_alone(tiny: Path) -> None:
    """The library seeds everything; afterwards every generator stands where it stood."""
    cudnn = torch.backends.cudnn
    before = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())  # noqa: NPY002
    flags, seed = (cudnn.deterministic, cudnn.benchmark), os.environ.get("PYTHONHASHSEED")
    load(options(tiny))
    assert (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()) == before  # noqa: NPY002
    assert ((cudnn.deterministic, cudnn.benchmark), os.environ.get("PYTHONHASHSEED")) == (flags, seed)


def test_a_path_that_tells_it_nothing_is_refused(tiny: Path, tmp_path: Path) -> None:
    """The library would fail on the first call; the message says how the folder must be called."""
    shutil.copytree(tiny, tmp_path / "renamed")
    with pytest.raises(EngineUnavailableError, match="bert-base-multilingual-cased or xlm-roberta-large"):
        load(options(tmp_path / "renamed"))


def test_it_has_one_precision(tiny: Path) -> None:
    """The reference is not quantised."""
    with pytest.raises(EngineUnavailableError, match="precision is int8"):
        load(options(tiny, precision="int8"))


def test_characters_that_it_loses_are_kept(tiny: Path) -> None:
    """An emoji outside the vocabulary scores 1, its neighbours as they do."""
    (scores,) = load(options(tiny)).score([Passage("The 😀 plan", [(0, 3), (4, 5), (6, 10)])])
    assert scores[1] == 1.0
    assert (scores[[0, 2]] < 1).all()
