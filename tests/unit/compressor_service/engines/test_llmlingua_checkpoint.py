"""Finding and loading checkpoints."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from compressor_service.engines import EngineUnavailableError
from compressor_service.engines.llmlingua_checkpoint import Family, load_checkpoint
from compressor_service.engines.options import EngineOptions


def load(folder: Path, **options: Any) -> Any:
    """Load on the cpu."""
    return load_checkpoint("llmlingua2", EngineOptions(model=str(folder), device="cpu", **options))


@pytest.fixture
def changed(tiny: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the checkpoint whose path says nothing of its kind, with fields of its configuration replaced."""

    def change(**fields: Any) -> Path:
        folder = tmp_path / "copy"
        shutil.copytree(tiny, folder)
        config = json.loads((folder / "config.json").read_text()) | fields
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return change


def test_the_family_is_read_from_the_configuration(changed: Callable[..., Path], tiny: Path) -> None:
    """A folder of any name loads as what it is."""
    checkpoint = load(changed())
    assert checkpoint.family is (Family.XLM_ROBERTA if "xlm" in tiny.name else Family.BERT)
    assert checkpoint.max_tokens == 512
    assert checkpoint.position_offset == (2 if "xlm" in tiny.name else 0)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"model_type": "modernbert"}, r"knows models of type bert and xlm-roberta; .* is 'modernbert'"),
        ({"architectures": ["BertModel"]}, "needs a token classifier"),
        ({"architectures": None}, "needs a token classifier"),
        ({"hidden_size": 48, "num_attention_heads": 4}, "cannot load"),
    ],
)
def test_another_kind_of_model_is_refused(changed: Callable[..., Path], fields: dict[str, Any], reason: str) -> None:
    """The message says what is wrong; nothing is made up in its place."""
    with pytest.raises(EngineUnavailableError, match=reason):
        load(changed(**fields))


def test_weights_that_can_hold_code_are_refused(changed: Callable[..., Path]) -> None:
    """Only safetensors are read, never a pickle."""
    folder = changed()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(EngineUnavailableError, match="cannot load"):
        load(folder)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """The message names the file that is missing."""
    with pytest.raises(EngineUnavailableError, match=r"config\.json"):
        load(tmp_path)


def test_a_hub_that_cannot_be_reached_says_what_to_do(tmp_path: Path) -> None:
    """Without a network and without a cache, the way to fetch the model elsewhere."""
    code = (
        "from compressor_service.engines import EngineUnavailableError\n"
        "from compressor_service.engines.llmlingua2 import load\n"
        "try:\n    load()\nexcept EngineUnavailableError as error:\n    print(error)"
    )
    env = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=50, check=True)
    assert "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank" in done.stdout
    assert "hf download" in done.stdout


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_missed(tiny: Path) -> None:
    """Asked for by name, cuda is not silently replaced by the cpu."""
    with pytest.raises(EngineUnavailableError, match="device cuda"):
        load_checkpoint("llmlingua2", EngineOptions(model=str(tiny), device="cuda"))


def test_the_fingerprint_changes_with_weights_and_precision(tiny: Path, tmp_path: Path) -> None:
    """Scores that can differ have different names, and equal ones the same wherever they lie."""
    copy = tmp_path / "copy"
    shutil.copytree(tiny, copy)
    assert load(copy, precision="float32").fingerprint == load(tiny, precision="float32").fingerprint
    assert load(copy, precision="float32").fingerprint != load(tiny, precision="int8").fingerprint
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert load(copy, precision="float32").fingerprint != load(tiny, precision="float32").fingerprint


def test_loading_leaves_the_random_state_alone(tiny: Path) -> None:
    """Even where embeddings for added tokens are made up, and those come out the same each time."""
    torch.manual_seed(7)
    before = torch.get_rng_state()
    options = EngineOptions(model=str(tiny), device="cpu", precision="float32")
    made = [
        load_checkpoint("llmlingua2", options, added_tokens=3).model.get_input_embeddings().weight for _ in range(2)
    ]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(made[0], made[1])


def test_int8_makes_the_encoder_smaller_and_leaves_the_head(tiny: Path) -> None:
    """Linear layers of the encoder are quantised."""
    model = load(tiny).model
    assert isinstance(model.classifier, torch.nn.Linear)
    assert not any(type(module) is torch.nn.Linear for module in model.base_model.modules())
