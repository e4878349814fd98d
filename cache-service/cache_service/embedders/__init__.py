"""The embedder of the semantic tier: one protocol, and the one switch that loads an implementation by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cache_service.embedders.artefact import ArtefactMismatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SHIPPED_WEIGHTS", "ArtefactMismatch", "Embedder", "EmbedderUnavailable", "load_embedder"]

SHIPPED_WEIGHTS = Path(__file__).parents[1] / "weights"
_TORCH_HINT = (
    "the embedder 'sentence_transformer' needs the torch extra: pip install 'pith-gateway[torch]', "
    "or from a checkout: .venv/bin/pip install -e '.[torch]'"
)


class EmbedderUnavailable(Exception):  # noqa: N818 -- named for what the operator reads
    """The embedder asked for cannot be loaded here; the message says what to do."""


class Embedder(Protocol):
    """Turns texts into unit vectors; every method may be called from several threads at once."""

    @property
    def name(self) -> str:
        """The name by which load_embedder knows it."""
        ...

    @property
    def fingerprint(self) -> str:
        """A sha256 over all that decides the vectors; entries of another fingerprint are not comparable."""
        ...

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        ...

    @property
    def max_tokens(self) -> int:
        """The window: embed sees no more than this many tokens of a text, the two framing ones included."""
        ...

    def tokens(self, text: str) -> int:
        """Count the tokens of the whole text, framing included; above max_tokens, embed would cut the text."""
        ...

    def unknown_tokens(self, text: str) -> int:
        """Count the words outside the vocabulary: all of them embed alike, so two such texts can collide."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row; a text's vector does not depend on the texts beside it."""
        ...


def load_embedder(name: str, *, weights_dir: Path | None, threads: int = 1) -> Embedder:
    """Load the named embedder with its weights in memory; weights_dir None means the shipped ones."""
    match name:
        case "onnx_minilm":
            from cache_service.embedders.onnx_minilm import OnnxMiniLM  # noqa: PLC0415 -- heavy, loaded when chosen

            return OnnxMiniLM(weights_dir or SHIPPED_WEIGHTS, threads=threads)
        case "sentence_transformer":
            return _load_sentence_transformer(weights_dir, threads)
        case _:
            raise EmbedderUnavailable(f"embedder {name!r} is unknown; choose onnx_minilm or sentence_transformer")


def _load_sentence_transformer(weights_dir: Path | None, threads: int) -> Embedder:
    if find_spec("torch") is None or find_spec("sentence_transformers") is None:
        raise EmbedderUnavailable(_TORCH_HINT)
    if weights_dir is None or not weights_dir.is_dir():
        raise EmbedderUnavailable(
            f"the embedder 'sentence_transformer' needs weights_dir, a folder with a saved model; got {weights_dir}"
        )
    from cache_service.embedders.sentence_transformer import SentenceTransformerEmbedder  # noqa: PLC0415 -- heavy

    return SentenceTransformerEmbedder(weights_dir, threads=threads)
