"""All-MiniLM-L6-v2 as 8-bit ONNX on the CPU: the default embedder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from cache_service.embedders.artefact import ArtefactMismatch, verified_artefact


class OnnxMiniLM:
    """Embeds one text at a time, so that a vector never depends on what else happened to be waiting."""

    name = "onnx_minilm"

    def __init__(self, weights_dir: Path, *, threads: int = 1) -> None:
        artefact = verified_artefact(weights_dir)
        self.fingerprint = artefact.fingerprint
        self.dimensions = artefact.dimensions
        self.max_tokens = artefact.max_tokens
        self._tokenizer = _load_tokenizer(artefact.tokenizer)
        self._end_id = _token_id(self._tokenizer, "[SEP]")
        self._unknown_id = _token_id(self._tokenizer, "[UNK]")
        self._session = InferenceSession(artefact.model, _session_options(threads), providers=["CPUExecutionProvider"])

    def tokens(self, text: str) -> int:
        """Count the word pieces of the whole text, with [CLS] and [SEP]."""
        return len(self._ids(text))

    def unknown_tokens(self, text: str) -> int:
        """Count the words that became [UNK], as most emoji and whole scripts do."""
        return self._ids(text).count(self._unknown_id)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row, of the first max_tokens word pieces of each text."""
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(self._ids(text))
        return vectors

    def _ids(self, text: str) -> list[int]:
        # JSON may smuggle in half of a surrogate pair, which has no UTF-8 form and which the tokenizer refuses.
        well_formed = text.encode("utf-8", errors="replace").decode("utf-8")
        ids: list[int] = self._tokenizer.encode(well_formed).ids
        return ids

    def _vector(self, ids: list[int]) -> NDArray[np.float32]:
        if len(ids) > self.max_tokens:
            ids = [*ids[: self.max_tokens - 1], self._end_id]
        row = np.array([ids], dtype=np.int64)
        outputs = self._session.run(["sentence_embedding"], {"input_ids": row, "attention_mask": np.ones_like(row)})
        vector: NDArray[np.float32] = outputs[0][0]
        return vector


def _load_tokenizer(file: Path) -> Tokenizer:
    # All state is set here, once: a setter during another thread's encode fails with "Already borrowed".
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # a "[SEP]" that a user types is text
    return tokenizer


def _token_id(tokenizer: Tokenizer, token: str) -> int:
    token_id = tokenizer.token_to_id(token)
    if token_id is None:
        raise ArtefactMismatch(f"the tokenizer has no {token}")
    return int(token_id)


def _session_options(threads: int) -> SessionOptions:
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle workers must not burn a core
    options.log_severity_level = 3
    return options
