"""Drives the llmlingua library: its own chunks, model calls and words, laid over the words of a passage."""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # only with the torch extra
from llmlingua import PromptCompressor  # type: ignore[import-not-found,unused-ignore]
from llmlingua.utils import TokenClfDataset  # type: ignore[import-not-found,unused-ignore]
from numpy.typing import NDArray

from compressor_service.engines import Passage
from compressor_service.engines.errors import EngineUnavailableError
from compressor_service.engines.llmlingua_checkpoint import digest_folder, find_folder
from compressor_service.engines.llmlingua_windows import word_scores
from compressor_service.engines.options import EngineOptions

_ENGINE = "llmlingua_library"
# The library tells models apart by what stands in their path.
_KNOWN_PATHS = ("bert-base-multilingual-cased", "xlm-roberta-large")
_CHUNK_ENDS = {".", "\n"}
# How far ahead a word of the library's is looked for: it does not say where it took it from.
_REACH_CHARACTERS = 200


class LlmLinguaLibrary:
    """Scores words as the library does; one call at a time, since its tokenizer is not safe to share.

    Characters that the vocabulary lacks vanish in the library; here they are kept, with the score 1.
    """

    name = _ENGINE

    def __init__(self, compressor: PromptCompressor) -> None:
        self._compressor = compressor
        self._lock = Lock()
        digest = digest_folder(Path(compressor.model_name))
        self.fingerprint = f"{_ENGINE}-{version('llmlingua')}-{digest}-torch{torch.__version__}"

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Return one score a word."""
        with self._lock, torch.no_grad():
            return [self._score(passage) for passage in passages]

    def _score(self, passage: Passage) -> NDArray[np.float32]:
        spans: list[tuple[int, int]] = []
        scores: list[float] = []
        cursor = 0
        for word, score in self._words(passage.text):
            start = passage.text.find(word, cursor, cursor + len(word) + _REACH_CHARACTERS) if word else -1
            if start >= 0:
                cursor = start + len(word)
                spans.append((start, cursor))
                scores.append(score)
        places = np.array(spans, dtype=np.int64).reshape(-1, 2)
        return word_scores(np.array(scores, dtype=np.float32), places[:, 0], places[:, 1], passage.words)

    def _words(self, text: str) -> Iterator[tuple[str, float]]:
        """Yield the library's words with their scores, by the steps of its own `compress_prompt`."""
        chunks = self._own("chunk_context")(text.encode("utf-8", errors="replace").decode("utf-8"), _CHUNK_ENDS)
        rows = TokenClfDataset(chunks, tokenizer=self._compressor.tokenizer, max_len=self._compressor.max_seq_len)
        for row in (rows[number] for number in range(len(rows))):
            ids, mask = row["ids"].to(self._compressor.device), row["mask"].to(self._compressor.device) == 1
            logits = self._compressor.model(input_ids=ids[None], attention_mask=mask[None]).logits[0]
            keep = torch.softmax(logits, dim=-1)[:, 1][mask].float().cpu().numpy()
            tokens = self._compressor.tokenizer.convert_ids_to_tokens(ids[mask].tolist())
            words, scores, _ = self._own("merge_token_to_word")(tokens, list(keep), [], {}, False)  # noqa: FBT003
            means = self._own("token_prob_to_word_prob")(scores)
            yield from ((word.lstrip("▁#"), float(mean)) for word, mean in zip(words, means, strict=True))

    def _own(self, method: str) -> Any:
        return getattr(self._compressor, f"_PromptCompressor__{method}")


def load_library(options: EngineOptions) -> PromptCompressor:
    """Load a checkpoint into the library, without code from the hub and with the process's random state untouched."""
    folder = find_folder(_ENGINE, options.model)
    # The hub's cache puts the repository's name into the path; a link's target need not.
    if not any(known in str(folder) for known in _KNOWN_PATHS):
        raise EngineUnavailableError(
            f"engine {_ENGINE}: the library tells models apart by their path, which must hold "
            f"{' or '.join(_KNOWN_PATHS)}; {folder} does not. Rename the folder, or take engine llmlingua2"
        )
    if options.precision not in {"auto", "float32"}:
        raise EngineUnavailableError(f"engine {_ENGINE} runs in float32 on the cpu; precision is {options.precision}")
    if options.threads:
        torch.set_num_threads(options.threads)
    device = "cuda" if options.device != "cpu" and torch.cuda.is_available() else "cpu"
    try:
        with _random_state_kept():
            return PromptCompressor(
                str(folder), device_map=device, use_llmlingua2=True, model_config={"trust_remote_code": False}
            )
    except OSError as error:
        raise EngineUnavailableError(
            f"engine {_ENGINE} cannot load {folder}, or the token counts of gpt-3.5-turbo that the library wants "
            f"(without a network, set TIKTOKEN_CACHE_DIR to a folder that holds them): {error}"
        ) from error


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Undo what the library does to the whole process when it seeds everything."""
    python, numpy, of_torch = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    cudnn, hash_seed = torch.backends.cudnn, os.environ.get("PYTHONHASHSEED")
    flags = cudnn.deterministic, cudnn.benchmark
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
        torch.set_rng_state(of_torch)
        cudnn.deterministic, cudnn.benchmark = flags
        os.environ.pop("PYTHONHASHSEED", None)
        if hash_seed is not None:
            os.environ["PYTHONHASHSEED"] = hash_seed
