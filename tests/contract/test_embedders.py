"""What every embedder promises, whichever implementation is loaded; torch joins where its extra is installed."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from cache_service.embedders import SHIPPED_WEIGHTS, Embedder, load_embedder

AVAILABLE = ["onnx_minilm", *(["sentence_transformer"] if find_spec("sentence_transformers") else [])]
TEXTS = ["How do I change my address?", "", "Wo liegt Graz?", "word " * 600, '{"a": [1, 2.50]}', "🍎 \ud83c"]


@pytest.fixture(scope="module", params=AVAILABLE)
def weights_dir(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The name of an implementation and a folder with weights for it."""
    if request.param == "onnx_minilm":
        return request.param, SHIPPED_WEIGHTS
    return request.param, save_small_model(tmp_path_factory.mktemp("small") / "model")


@pytest.fixture(scope="module")
def embedder(weights_dir: tuple[str, Path]) -> Embedder:
    """One loaded implementation."""
    name, folder = weights_dir
    return load_embedder(name, weights_dir=folder)


def save_small_model(folder: Path) -> Path:
    """Write a sentence-transformers model of two small random layers that reads the shipped vocabulary."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(7)
    sizes = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    BertModel(BertConfig(vocab_size=30522, **sizes)).save_pretrained(folder)
    shutil.copyfile(SHIPPED_WEIGHTS / "tokenizer.json", folder / "tokenizer.json")
    module = "sentence_transformers.models"
    files = {
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{module}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{module}.Pooling"},
        ],
        "sentence_bert_config.json": {"max_seq_length": 64, "do_lower_case": False},
        "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "model_max_length": 64, "unk_token": "[UNK]"},
        "1_Pooling/config.json": {"word_embedding_dimension": 48, "pooling_mode_mean_tokens": True},
    }
    (folder / "1_Pooling").mkdir()
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def test_name_is_the_switch_name(embedder: Embedder, weights_dir: tuple[str, Path]) -> None:
    """An embedder calls itself what load_embedder calls it."""
    assert embedder.name == weights_dir[0]


def test_unit_vectors_of_the_stated_width(embedder: Embedder) -> None:
    """Every text, empty, long and malformed ones too, gives a float32 row of length one."""
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-4)


def test_neighbours_do_not_matter(embedder: Embedder) -> None:
    """A text alone and in company has the same vector, up to fp32 rounding."""
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert (together * alone).sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_nothing_in_nothing_out(embedder: Embedder) -> None:
    """No texts give no rows."""
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_tokens_count_the_whole_text(embedder: Embedder) -> None:
    """The count grows with the text and goes beyond the window, so that a caller can refuse to cut."""
    counts = [embedder.tokens("word " * words) for words in (0, 1, 10, 1000)]
    assert counts == sorted(set(counts))
    assert counts[-1] > embedder.max_tokens


def test_text_beyond_the_window_is_cut(embedder: Embedder) -> None:
    """Two texts that share the whole window have one vector."""
    shared = "word " * embedder.max_tokens
    first, second = embedder.embed([shared + "north", shared + "south"])
    assert float(first @ second) == pytest.approx(1.0, abs=1e-5)


def test_unknown_tokens(embedder: Embedder) -> None:
    """Ordinary words are known, an emoji outside the vocabulary is not."""
    assert embedder.unknown_tokens("an ordinary sentence") == 0
    assert embedder.unknown_tokens("an apple 🍎") == 1


def test_safe_from_many_threads(embedder: Embedder) -> None:
    """Threads that count and embed at once get the vectors that one thread gets."""
    texts = [f"question number {number}" for number in range(24)]
    expected = embedder.embed(texts)
    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(lambda text: (embedder.tokens(text), embedder.embed([text])[0])[1], texts))
    assert (np.stack(rows) * expected).sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_fingerprint_is_stable_and_names_the_bytes(
    embedder: Embedder, weights_dir: tuple[str, Path], tmp_path: Path
) -> None:
    """The same files elsewhere have the same fingerprint."""
    name, folder = weights_dir
    moved = Path(shutil.copytree(folder, tmp_path / "moved"))
    assert load_embedder(name, weights_dir=moved).fingerprint == embedder.fingerprint
    assert len(embedder.fingerprint) == 64
