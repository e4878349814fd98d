"""The switch: each name loads its implementation, and what is missing is said with the way to get it."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from cache_service.embedders import SHIPPED_WEIGHTS, ArtefactMismatch, EmbedderUnavailable, load_embedder

TORCH_EXTRA = all(importlib.util.find_spec(name) for name in ("torch", "sentence_transformers"))


def test_default_weights_are_the_shipped_ones() -> None:
    """Without a folder, and with the shipped one named, the same artefact is loaded."""
    default = load_embedder("onnx_minilm", weights_dir=None)
    named = load_embedder("onnx_minilm", weights_dir=SHIPPED_WEIGHTS, threads=2)
    assert default.name == "onnx_minilm"
    assert default.fingerprint == named.fingerprint


def test_unknown_name_lists_the_choices() -> None:
    """A name that is none of ours is refused with the names that are."""
    with pytest.raises(EmbedderUnavailable, match="onnx_minilm or sentence_transformer"):
        load_embedder("word2vec", weights_dir=None)


def test_folder_without_weights(tmp_path: Path) -> None:
    """A folder that holds no artefact is a mismatch, not a default."""
    with pytest.raises(ArtefactMismatch):
        load_embedder("onnx_minilm", weights_dir=tmp_path)


def test_sentence_transformer_says_what_it_needs(tmp_path: Path) -> None:
    """Without torch the hint names the extra; with torch, a folder that is not there is named."""
    expected = "no-such-folder" if TORCH_EXTRA else r"pith-gateway\[torch\]"
    with pytest.raises(EmbedderUnavailable, match=expected):
        load_embedder("sentence_transformer", weights_dir=tmp_path / "no-such-folder")


def test_importing_the_switch_loads_no_engine() -> None:
    """Importing the package brings in neither onnxruntime nor tokenizers nor torch nor numpy."""
    script = (
        "import sys, cache_service.embedders\n"
        "print(sorted({'onnxruntime', 'tokenizers', 'torch', 'sentence_transformers', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"
