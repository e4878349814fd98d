"""Scores words by an LLMLingua-2 checkpoint, over windows of the text as it stands."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from compressor_service.engines import Passage
from compressor_service.engines.llmlingua_checkpoint import Checkpoint
from compressor_service.engines.llmlingua_model import Batching, Probabilities, Row, keep_probabilities
from compressor_service.engines.llmlingua_windows import OVERLAP_TOKENS, Window, lay_windows, word_scores

# As many as the models were trained on. Shorter windows lose more by overlapping than they gain in attention, and
# decide differently more often: `python -m pith_cli.bench.peers` measures windows of 128 beside these.
WINDOW_TOKENS = 512
_FRAME_TOKENS = 2
_GPU_BATCHING = Batching(max_tokens=16 * WINDOW_TOKENS, max_padding=0.25)


class LlmLingua2:
    """Scores words by any token classifier of the family; safe to share between threads."""

    name = "llmlingua2"

    def __init__(self, checkpoint: Checkpoint, *, window_tokens: int = WINDOW_TOKENS) -> None:
        if window_tokens < 2 * (OVERLAP_TOKENS + _FRAME_TOKENS):
            raise ValueError(f"window_tokens is {window_tokens}; the least is {2 * (OVERLAP_TOKENS + _FRAME_TOKENS)}")
        self._checkpoint = checkpoint
        self._window_tokens = min(window_tokens, checkpoint.max_tokens) - _FRAME_TOKENS
        self._tokenizer = Tokenizer.from_str(checkpoint.tokenizer.to_str())
        self._tokenizer.encode_special_tokens = True  # a "[SEP]" that a user types is text
        self._first_id, self._last_id = self._tokenizer.encode("", add_special_tokens=True).ids
        self._full_stop_id = self._tokenizer.token_to_id(".")
        self.fingerprint = f"{self.name}-{checkpoint.fingerprint}-windows{window_tokens}"
        # On a CPU batches save nothing, and in a call of its own no bit of a row's result depends on its neighbours.
        self._batching = _GPU_BATCHING if checkpoint.device.type == "cuda" else Batching.one_by_one()

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Return one score a word; the windows of all passages go to the model together."""
        # Half of a surrogate pair has no UTF-8 form; "?" in its place keeps the offsets as they are.
        texts = [passage.text.encode("utf-8", errors="replace").decode("utf-8") for passage in passages]
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        laid = [self._windows(encoding) for encoding in encodings]
        rows = [
            self._row(encoding, window) for encoding, windows in zip(encodings, laid, strict=True) for window in windows
        ]
        found = iter(keep_probabilities(self._checkpoint, rows, self._batching))
        return [
            _passage_scores(passage, encoding, [(window, next(found)) for window in windows])
            for passage, encoding, windows in zip(passages, encodings, laid, strict=True)
        ]

    def _windows(self, encoding: Encoding) -> list[Window]:
        ends = np.array(encoding.ids, dtype=np.int64) == self._full_stop_id
        chunk_tokens = self._checkpoint.max_tokens - _FRAME_TOKENS
        return list(lay_windows(ends, chunk_tokens=chunk_tokens, window_tokens=self._window_tokens))

    def _row(self, encoding: Encoding, window: Window) -> Row:
        ids = np.array([self._first_id, *encoding.ids[window.start : window.end], self._last_id], dtype=np.int64)
        positions = window.position + np.arange(len(ids), dtype=np.int64)
        positions[0] = 0
        return Row(ids, positions=positions)


def _passage_scores(
    passage: Passage, encoding: Encoding, windows: Iterable[tuple[Window, Probabilities]]
) -> NDArray[np.float32]:
    tokens = np.zeros(len(encoding.ids), dtype=np.float32)
    for window, probabilities in windows:
        # One further in the row than in the window: the row begins with the framing token.
        scored = probabilities[1 + window.score_from - window.start : 1 + window.score_to - window.start]
        tokens[window.score_from : window.score_to] = scored
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    return word_scores(tokens, offsets[:, 0], offsets[:, 1], passage.words)
