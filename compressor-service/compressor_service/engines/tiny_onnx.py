"""The small token model that ships with the service: scores words when no question does."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions

from compressor_service.engines import Passage
from compressor_service.engines.errors import EngineUnavailableError
from compressor_service.engines.options import EngineOptions
from compressor_service.engines.pieces import Pieces, open_tokenizer, read_pieces

SHIPPED_WEIGHTS = Path(__file__).parents[1] / "weights"
MODEL, VOCABULARY = "tiny.onnx", "tiny_vocabulary.json"
# Pins the bytes of both.
MANIFEST = "tiny.json"

# Word pieces that the model sees at once, and how many of them are scored by the neighbouring window instead.
WINDOW = 128
_TRIM = 8
# Windows in one run: few enough that their activations stay in the processor's cache.
_RUN = 4
# Logits from minus this to plus this become 0 to 1.
_REACH = 10.0
# Weight of each neighbour in a word's score, beside four for the word itself. The model was trained for it.
SIDE = 0.7


class _Artefact(NamedTuple):
    model: bytes
    vocabulary: str
    fingerprint: str


class TinyOnnx:
    """Scores one passage at a time, in windows of fixed shape, so that a score never depends on its neighbours."""

    name = "tiny_onnx"

    def __init__(self, artefact: _Artefact, *, threads: int = 1) -> None:
        self.fingerprint = artefact.fingerprint
        self._tokenizer = open_tokenizer(artefact.vocabulary)
        self._session = InferenceSession(artefact.model, _session_options(threads), providers=["CPUExecutionProvider"])

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Return for every passage one score a word: the mean of its pieces, evened out with its neighbours'."""
        return [self._score(passage) for passage in passages]

    def _score(self, passage: Passage) -> NDArray[np.float32]:
        words = np.array(passage.words, dtype=np.int64).reshape(-1, 2)
        pieces = read_pieces(self._tokenizer, passage.text) if len(words) else None
        if pieces is None or not len(pieces.ids):
            return np.zeros(len(words), dtype=np.float32)
        scores = np.clip(self._logits(pieces) / (2 * _REACH) + 0.5, 0.0, 1.0)
        return _evened(_word_means(scores, pieces, words)).astype(np.float32)

    def _logits(self, pieces: Pieces) -> NDArray[np.float64]:
        """Run all windows; a piece that several windows see is scored where it stands further from an edge."""
        firsts = _window_starts(len(pieces.ids))
        places = firsts[:, None] + np.arange(min(WINDOW, len(pieces.ids)))
        rows = np.concatenate(
            [self._run(pieces, places[start : start + _RUN]) for start in range(0, len(firsts), _RUN)]
        )
        logits = np.empty(len(pieces.ids))
        for first, row in zip(firsts, rows, strict=True):
            skipped = _TRIM if first else 0
            logits[first + skipped : first + len(row)] = row[skipped:]
        return logits

    def _run(self, pieces: Pieces, places: NDArray[np.int64]) -> NDArray[np.float32]:
        inputs = {"ids": pieces.ids[places], "features": pieces.features[places]}
        logits: NDArray[np.float32] = self._session.run(["logits"], inputs)[0]
        return logits


def load(options: EngineOptions | None = None, *, folder: Path = SHIPPED_WEIGHTS) -> TinyOnnx:
    """Open the artefact; EngineUnavailableError names the file that is missing or is not the right one."""
    threads = (options.threads if options else 0) or 1
    return TinyOnnx(_verified_artefact(folder), threads=threads)


def _verified_artefact(folder: Path) -> _Artefact:
    """Read the files that the manifest pins and compare their bytes."""
    contents = {name: _read(folder / name) for name in (MANIFEST, MODEL, VOCABULARY)}
    pinned: dict[str, str] = json.loads(contents[MANIFEST])["sha256"]
    for name in (MODEL, VOCABULARY):
        if hashlib.sha256(contents[name]).hexdigest() != pinned.get(name):
            raise EngineUnavailableError(f"engine tiny_onnx: {name} is not the file that {MANIFEST} pins")
    return _Artefact(contents[MODEL], contents[VOCABULARY].decode(), _fingerprint(contents[MANIFEST]))


def _fingerprint(manifest: bytes) -> str:
    """Digest what the scores depend on: the pinned bytes, the windows, the library that computes."""
    settings = f"{WINDOW} {_TRIM} {_RUN} {_REACH} {SIDE} onnxruntime {onnxruntime.__version__}"
    return hashlib.sha256(manifest + settings.encode()).hexdigest()[:16]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EngineUnavailableError(f"engine tiny_onnx needs the artefact {file.name}: {error.strerror}") from error


def _session_options(threads: int) -> SessionOptions:
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle workers must not burn a core
    options.log_severity_level = 3
    return options


def _window_starts(count: int) -> NDArray[np.int64]:
    """Cover the pieces with overlapping windows; the last one ends with the text."""
    if count <= WINDOW:
        return np.zeros(1, dtype=np.int64)
    return np.append(np.arange(0, count - WINDOW, WINDOW - 2 * _TRIM), count - WINDOW)


def _word_means(scores: NDArray[np.float64], pieces: Pieces, words: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average the pieces that touch a word; a word that has none, such as an invisible character, is not needed."""
    first = np.searchsorted(pieces.ends, words[:, 0], side="right")
    after = np.searchsorted(pieces.starts, words[:, 1], side="left")
    sums = np.concatenate([[0.0], np.cumsum(scores)])
    touching = np.maximum(after - first, 0)
    means: NDArray[np.float64] = (sums[np.maximum(after, first)] - sums[first]) / np.maximum(touching, 1)
    return means


def _evened(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mix every score with its neighbours', then raise a word to the lower of two that it stands between.

    Answers are runs of words: the article inside a name is needed as much as the name.
    """
    padded = np.pad(scores, 1, mode="edge")
    mixed = (SIDE * padded[:-2] + 4 * scores + SIDE * padded[2:]) / (4 + 2 * SIDE)
    around = np.pad(mixed, 1, mode="edge")
    return np.maximum(mixed, np.minimum(around[:-2], around[2:]))
