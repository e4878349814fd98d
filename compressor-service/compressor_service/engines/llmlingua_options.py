"""The llmlingua library's parameters for an LLMLingua-2 model, and its rule for which contexts stay; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compressor_service.engines.llmlingua_cut import percentile
from compressor_service.engines.llmlingua_words import Words

MAX_FORCE_TOKENS = 100


@dataclass(frozen=True, slots=True)
class CompatOptions:
    """What `compress_prompt` takes, under the library's names and with its defaults."""

    rate: float = 0.5
    target_token: float = -1
    use_context_level_filter: bool = True
    use_token_level_filter: bool = True
    target_context: int = -1
    context_level_rate: float = 1.0
    context_level_target_token: float = -1
    force_context_ids: Sequence[int] | None = None
    return_word_label: bool = False
    word_sep: str = "\t\t|\t\t"
    label_sep: str = " "
    token_to_word: str = "mean"  # noqa: S105 -- no password
    force_tokens: Sequence[str] = ()
    force_reserve_digit: bool = False
    drop_consecutive: bool = False
    chunk_end_tokens: Sequence[str] = (".", "\n")

    def __post_init__(self) -> None:
        """Refuse what the library refuses."""
        if self.token_to_word not in {"mean", "first"}:
            raise ValueError(f"token_to_word is {self.token_to_word!r}; known are mean and first")
        if len(self.force_tokens) > MAX_FORCE_TOKENS:
            raise ValueError(f"force_tokens has {len(self.force_tokens)} entries; the limit is {MAX_FORCE_TOKENS}")


def share(wanted: float, tokens: int, field: str) -> float:
    """Return a wanted number of tokens as a share of those that there are."""
    if not tokens:
        raise ValueError(f"{field}: the context has no tokens to take a share of")
    return min(wanted / tokens, 1.0)


def reserve_contexts(contexts: Sequence[Sequence[Words]], options: CompatOptions, tokens: int) -> list[bool]:
    """Tell for every context, given as the words of its chunks, whether it stays."""
    means = np.array([_mean_score(chunks) for chunks in contexts], dtype=np.float32)
    threshold = percentile(means, int(100 * (1 - _context_rate(options, len(contexts), tokens))))
    forced = set(options.force_context_ids or ())
    return [bool(mean >= threshold) or number in forced for number, mean in enumerate(means)]


def _mean_score(chunks: Sequence[Words]) -> np.float32:
    """Add up word by word in single precision, as the library's sum over a list does."""
    scores = np.concatenate([chunk.unforced for chunk in chunks]) if chunks else np.zeros(0, dtype=np.float32)
    if not len(scores):
        raise ValueError("context: one of several contexts has no word, which the context filter cannot rank")
    mean: np.float32 = np.add.accumulate(scores)[-1] / np.float32(len(scores))
    return mean


def _context_rate(options: CompatOptions, contexts: int, tokens: int) -> float:
    rate, target = options.context_level_rate, options.context_level_target_token
    if options.target_context <= 0 and rate >= 1.0 and target <= 0:
        both = options.use_token_level_filter
        if options.target_token < 0 and options.rate < 1.0:
            rate = (options.rate + 1.0) / 2 if both else options.rate
        if options.target_token >= 0:
            target = options.target_token * 2 if both else options.target_token
    if options.target_context >= 0:
        rate = min(options.target_context / contexts, 1.0)
    if target >= 0:
        rate = share(target, tokens, "context_level_target_token")
    return rate
