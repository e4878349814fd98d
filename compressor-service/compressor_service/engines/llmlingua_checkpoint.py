"""Finds and loads a checkpoint of the LLMLingua-2 family; the checkpoint's own configuration says of which kind it is."""

import hashlib
import json
import warnings
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]  # only with the torch extra
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError
from tokenizers import Tokenizer
from transformers import (  # type: ignore[import-not-found,unused-ignore]
    AutoModelForTokenClassification,
    AutoTokenizer,
)

from compressor_service.engines.errors import EngineUnavailableError
from compressor_service.engines.options import EngineOptions

_FILES = ["config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*", "vocab.txt", "*.model", "special_*"]
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16, "int8": torch.float32}
# The library seeds with this before it makes up embeddings for added tokens.
_SEED = 42


class Family(Enum):
    """The kinds of encoder that LLMLingua-2 was trained on."""

    BERT = "bert"
    XLM_ROBERTA = "xlm-roberta"


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model with its tokenizer; neither is changed after this, so threads may share them."""

    family: Family
    # Without padding or truncation; those are states that threads would fight over.
    tokenizer: Tokenizer
    model: torch.nn.Module
    device: torch.device
    precision: str
    # Longest row, both framing tokens included.
    max_tokens: int
    # What is added to a place in a row to get its position embedding.
    position_offset: int
    special_tokens: frozenset[str]
    fingerprint: str


def load_checkpoint(engine: str, options: EngineOptions, *, added_tokens: int = 0) -> Checkpoint:
    """Load from a folder or the hub; EngineUnavailableError says what is wrong and what to do."""
    folder = find_folder(engine, options.model)
    config = _read_config(engine, folder)
    device = _device(engine, options.device)
    precision = options.precision if options.precision != "auto" else "float16" if device.type == "cuda" else "int8"
    if precision == "int8" and device.type == "cuda":
        raise EngineUnavailableError(f"engine {engine}: precision int8 runs on the cpu only; choose float16")
    if options.threads and device.type == "cpu":
        torch.set_num_threads(options.threads)  # for the whole process: torch knows no other way
    tokenizer, model = _load(engine, folder, _DTYPES[precision])
    special_tokens = frozenset(text for text in tokenizer.special_tokens_map.values() if isinstance(text, str))
    if added_tokens:
        _add_tokens(tokenizer, model, added_tokens)
    family = Family(config["model_type"])
    offset = config.get("pad_token_id", 1) + 1 if family is Family.XLM_ROBERTA else 0
    return Checkpoint(
        family=family,
        tokenizer=_plain(tokenizer.backend_tokenizer),
        model=_prepare(model, device, precision),
        device=device,
        precision=precision,
        max_tokens=min(512, config["max_position_embeddings"] - offset),
        position_offset=offset,
        special_tokens=special_tokens,
        fingerprint=f"{digest_folder(folder)}-{precision}-torch{torch.__version__}",
    )


def find_folder(engine: str, model: str) -> Path:
    """Return the folder of a saved model, fetched from the hub when the name is not that of a folder."""
    if Path(model).is_dir():
        return Path(model)
    try:
        return Path(snapshot_download(model, allow_patterns=_FILES))
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise EngineUnavailableError(
            f"engine {engine}: {model!r} is neither a folder nor could it be fetched from the hub "
            f"({type(error).__name__}). Fetch it where there is a network, with `hf download {model} --local-dir FOLDER`, "
            "and name the folder as the model"
        ) from error


def _read_config(engine: str, folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineUnavailableError(f"engine {engine}: {folder} holds no readable config.json: {error}") from error
    known = [family.value for family in Family]
    if config.get("model_type") not in known:
        raise EngineUnavailableError(
            f"engine {engine} knows models of type {' and '.join(known)}; {folder} is {config.get('model_type')!r}"
        )
    # Without a trained head, loading would make up a random one and say so only in a log.
    if not any("ForTokenClassification" in name for name in config.get("architectures") or ()):
        raise EngineUnavailableError(f"engine {engine} needs a token classifier; {folder} is not saved as one")
    return config


def _device(engine: str, wanted: str) -> torch.device:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailableError(f"engine {engine}: device cuda was asked for, but torch sees no GPU")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def _load(engine: str, folder: Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """Return tokenizer and model; from files that can hold no code."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False, local_files_only=True)
        model = AutoModelForTokenClassification.from_pretrained(
            folder, dtype=dtype, use_safetensors=True, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineUnavailableError(f"engine {engine} cannot load {folder}: {error}") from error
    if model.config.num_labels != 2:
        raise EngineUnavailableError(
            f"engine {engine} needs a model of two labels, drop and keep; {folder} has {model.config.num_labels}"
        )
    return tokenizer, model


def _add_tokens(tokenizer: Any, model: Any, count: int) -> None:
    """Add `[NEW0]` and so on, with the same made-up embeddings as the library gives them."""
    tokenizer.add_special_tokens({"additional_special_tokens": [f"[NEW{number}]" for number in range(count)]})
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(_SEED)
        model.resize_token_embeddings(len(tokenizer))


def _plain(backend: Tokenizer) -> Tokenizer:
    """Copy the tokenizer and set its state once; transformers changes that of its own in every call."""
    tokenizer = Tokenizer.from_str(backend.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _prepare(model: Any, device: torch.device, precision: str) -> torch.nn.Module:
    model = model.eval().requires_grad_(requires_grad=False).to(device)
    if precision == "int8":
        _quantise(model)
    prepared: torch.nn.Module = model
    return prepared


def _quantise(model: Any) -> None:
    """Make the encoder's linear layers 8-bit, a scale for each row of weights; the head stays as it is."""
    with warnings.catch_warnings():  # deprecated in favour of a package of its own, and still the fastest on a CPU
        warnings.simplefilter("ignore")
        quantisation = torch.ao.quantization
        recipe = {torch.nn.Linear: quantisation.per_channel_dynamic_qconfig}
        quantisation.quantize_dynamic(model.base_model, recipe, inplace=True)


def digest_folder(folder: Path) -> str:
    """Return a digest over the files that decide what a checkpoint does."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix in {".json", ".safetensors", ".txt", ".model"}:
            digest.update(file.name.encode())
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
