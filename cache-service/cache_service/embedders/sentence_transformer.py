"""Any sentence-transformers model in torch: for other models and for GPUs; needs the torch extra."""

import copy
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # only with the torch extra
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found,unused-ignore]

from cache_service.embedders.artefact import folder_fingerprint


class SentenceTransformerEmbedder:
    """Embeds with a model from a local folder; nothing is ever downloaded."""

    name = "sentence_transformer"

    def __init__(self, weights_dir: Path, *, threads: int = 1) -> None:
        torch.set_num_threads(threads)
        self._model = SentenceTransformer(str(weights_dir), local_files_only=True)
        self._lock = Lock()  # encode sets the tokenizer's truncation on every call
        self._tokenizer = copy.deepcopy(self._model.tokenizer.backend_tokenizer)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._unknown_id: int | None = self._model.tokenizer.unk_token_id
        self.max_tokens = int(self._model.max_seq_length)
        self.dimensions = int(self._model.get_embedding_dimension())
        self.fingerprint = folder_fingerprint(weights_dir, max_tokens=self.max_tokens)

    def tokens(self, text: str) -> int:
        """Count the tokens of the whole text, special ones included."""
        return len(self._ids(text))

    def unknown_tokens(self, text: str) -> int:
        """Count the tokens outside the vocabulary; a byte-level vocabulary has none."""
        return self._ids(text).count(self._unknown_id)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row; a batch is padded, which moves fp32 vectors by rounding only."""
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                [_well_formed(text) for text in texts], normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32)

    def _ids(self, text: str) -> list[int | None]:
        return list(self._tokenizer.encode(_well_formed(text)).ids)


def _well_formed(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")
