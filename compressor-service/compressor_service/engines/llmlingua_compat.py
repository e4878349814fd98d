"""The compatibility mode: what llmlingua's `compress_prompt` returns for an LLMLingua-2 model, only sooner."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressor_service.engines.llmlingua_checkpoint import Checkpoint, Family, load_checkpoint
from compressor_service.engines.llmlingua_cut import Cut, keep
from compressor_service.engines.llmlingua_model import Batching, Row, keep_probabilities
from compressor_service.engines.llmlingua_options import MAX_FORCE_TOKENS, CompatOptions, reserve_contexts, share
from compressor_service.engines.llmlingua_words import Force, Vocabulary, Words, merge, put_back
from compressor_service.engines.options import EngineOptions
from compressor_service.tokens import CL100K, TokenCounter

# The library's window, framing included; also for models that could take more.
_MAX_TOKENS = 512
# Long rows go alone: without padding there is no mask to heed, and a batch of them gains nothing on a CPU.
_CPU_BATCHING = Batching(max_tokens=768, max_padding=0.1)
_GPU_BATCHING = Batching(max_tokens=64 * _MAX_TOKENS, max_padding=0.25)
_REMEMBERED_COUNTS = 1 << 16
# What the library calls a word where it leaves everything in.
_WORD_OR_MARK = re.compile(r'\b\w+\b|[<>=/!@#$%^&*()?":{}|\\`~;_+-]')
_USD_PER_TOKEN = 0.06 / 1000


@dataclass(frozen=True)
class _Job:
    """One call: its contexts as the library chunks them, and their tokens before."""

    options: CompatOptions
    force: Force
    chunked: list[list[str]]
    tokens: int


@dataclass(frozen=True)
class _Context:
    """What became of one context; dropped as a whole, it has no text."""

    text: str | None
    words: list[str]
    labels: list[int]


def load_compat(options: EngineOptions) -> "CompatCompressor":
    """Load a checkpoint for the compatibility mode; only precision float32 gives the library's results on a cpu."""
    return CompatCompressor(load_checkpoint("llmlingua2", options, added_tokens=MAX_FORCE_TOKENS))


class CompatCompressor:
    """Compresses like the library, its known defects included; safe to share between threads."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._tokenizer = checkpoint.tokenizer
        self._batching = _GPU_BATCHING if checkpoint.device.type == "cuda" else _CPU_BATCHING
        self._sentencepiece = checkpoint.family is Family.XLM_ROBERTA
        tokens = [self._tokenizer.id_to_token(number) or "" for number in range(self._tokenizer.get_vocab_size())]
        self._vocabulary = Vocabulary(tokens, sentencepiece=self._sentencepiece, special=checkpoint.special_tokens)
        counter = TokenCounter()
        self._count = lru_cache(maxsize=_REMEMBERED_COUNTS)(lambda text: counter.count(text, CL100K))

    def compress_prompt(self, context: str | Sequence[str], **options: Any) -> dict[str, Any]:
        """Return what the library returns for these CompatOptions; ValueError where it fails, naming the field."""
        contexts = [context] if isinstance(context, str) else list(context)
        wanted = CompatOptions(**options)
        force = self._force(wanted)
        chunked = [self._chunks(text, wanted, force) for text in contexts]
        job = _Job(wanted, force, chunked, sum(map(self._count, contexts)))
        return self._result(self._compress(job), job)

    def _force(self, options: CompatOptions) -> Force:
        """Name stand-ins for forced tokens that are not one token of the vocabulary."""
        stand_ins = {
            token: f"[NEW{number}]"
            for number, token in enumerate(options.force_tokens)
            if len(self._tokenizer.encode(token, add_special_tokens=False).ids) != 1
        }
        return Force.of(self._vocabulary, options.force_tokens, stand_ins, digits=options.force_reserve_digit)

    def _chunks(self, text: str, options: CompatOptions, force: Force) -> list[str]:
        """Cut where the library cuts, and write the tokens out again as it does: the spaces are not those of the text."""
        for original, stand_in in force.stand_ins.items():
            text = text.replace(original, stand_in)
        ends = {*options.chunk_end_tokens, *(force.stand_ins.get(end, end) for end in options.chunk_end_tokens)}
        tokens = self._tokenizer.encode(text, add_special_tokens=False).tokens
        return [self._tokenizer.decoder.decode(tokens[start:end]) for start, end in chunk_bounds(tokens, ends)]

    def _compress(self, job: _Job) -> list[_Context]:
        filtered = job.options.use_context_level_filter and len(job.chunked) != 1
        words = self._score(job) if filtered else []
        reserved = reserve_contexts(words, job.options, job.tokens) if filtered else [True] * len(job.chunked)
        reduce_rate = self._reduce_rate(job, reserved, filtered=filtered)
        if reduce_rate <= 0:
            whole = [_whole(chunks, job.force) for chunks in job.chunked]
            return [whole[i] if stays else self._dropped(words[i]) for i, stays in enumerate(reserved)]
        cut = Cut(reduce_rate, job.options.drop_consecutive, job.options.force_tokens, self._count)
        words = words or self._score(job)
        return [self._cut(words[i], cut) if stays else self._dropped(words[i]) for i, stays in enumerate(reserved)]

    def _reduce_rate(self, job: _Job, reserved: Sequence[bool], *, filtered: bool) -> float:
        rate, target = job.options.rate, job.options.target_token
        if filtered and target >= 0:
            left = [chunk for chunks, stays in zip(job.chunked, reserved, strict=True) if stays for chunk in chunks]
            rate = share(target, sum(map(self._count, left)), "target_token")
        elif not filtered and target > 0:
            rate = share(target, job.tokens, "target_token")
        return max(0.0, 1 - rate) if job.options.use_token_level_filter else 0.0

    def _score(self, job: _Job) -> list[list[Words]]:
        """Score the words of every chunk; the model sees all chunks of a call together."""
        chunks = [chunk for context in job.chunked for chunk in context]
        rows = [self._row(encoding.ids) for encoding in self._tokenizer.encode_batch(chunks, add_special_tokens=False)]
        scores = keep_probabilities(self._checkpoint, rows, self._batching)
        words = (self._words(row, probabilities, job) for row, probabilities in zip(rows, scores, strict=True))
        return [[next(words) for _ in context] for context in job.chunked]

    def _row(self, ids: Sequence[int]) -> Row:
        """Frame a chunk by BERT's names; to an XLM-R model they are unknown words, in the library as well."""
        first, last = (self._special_id(name) for name in ("[CLS]", "[SEP]"))
        framed = np.array([first, *ids, last][:_MAX_TOKENS], dtype=np.int64)
        padding = self._tokenizer.token_to_id("[PAD]")
        return Row(framed, seen=None if padding is None else framed != padding)

    def _special_id(self, name: str) -> int:
        number = self._tokenizer.token_to_id(name)
        return self._vocabulary.id_of["<unk>"] if number is None else number

    def _words(self, row: Row, probabilities: NDArray[np.float32], job: _Job) -> Words:
        seen = slice(None) if row.seen is None else row.seen
        first = job.options.token_to_word == "first"  # noqa: S105 -- no password
        return merge(self._vocabulary, row.ids[seen], probabilities[seen], force=job.force, first=first)

    def _cut(self, chunks: Sequence[Words], cut: Cut) -> _Context:
        kept = [keep(words, cut).tolist() for words in chunks]
        texts = [
            self._tokenizer.decoder.decode([text for text, stays in zip(words.texts, flags, strict=True) if stays])
            for words, flags in zip(chunks, kept, strict=True)
        ]
        labels = [int(stays) for flags in kept for stays in flags]
        return _Context("".join(texts), self._shown(chunks), labels)

    def _dropped(self, chunks: Sequence[Words]) -> _Context:
        words = self._shown(chunks)
        return _Context(None, words, [0] * len(words))

    def _shown(self, chunks: Sequence[Words]) -> list[str]:
        words = [text for chunk in chunks for text in chunk.texts]
        return [text.lstrip("▁") for text in words] if self._sentencepiece else words

    def _result(self, contexts: Sequence[_Context], job: _Job) -> dict[str, Any]:
        texts = [context.text for context in contexts if context.text is not None]
        left = sum(map(self._count, texts))
        ratio = job.tokens / left if left else 1
        if not ratio:
            raise ValueError("context: it has no tokens, but forced tokens would be added")
        result = {
            "compressed_prompt": "\n\n".join(texts),
            "compressed_prompt_list": texts,
            "origin_tokens": job.tokens,
            "compressed_tokens": left,
            "ratio": f"{ratio:.1f}x",
            "rate": f"{1 / ratio * 100:.1f}%",
            "saving": f", Saving ${(job.tokens - left) * _USD_PER_TOKEN:.1f} in GPT-4.",
        }
        if job.options.return_word_label:
            pairs = [pair for context in contexts for pair in zip(context.words, context.labels, strict=True)]
            lines = [f"{word}{job.options.label_sep}{label}" for word, label in pairs]
            result["fn_labeled_original_prompt"] = job.options.word_sep.join(lines)
        return result


def _whole(chunks: Sequence[str], force: Force) -> _Context:
    texts = [put_back(chunk, force.stand_ins) for chunk in chunks]
    words = [word for text in texts for word in _WORD_OR_MARK.findall(text)]
    return _Context("".join(texts), words, [1] * len(words))


def chunk_bounds(tokens: Sequence[str], ends: set[str]) -> Iterator[tuple[int, int]]:
    """Yield the library's chunks: each up to the last end that fits, or one token over the window where none does."""
    start, limit = 0, _MAX_TOKENS - 2
    while start + limit < len(tokens):
        last = next((place for place in range(start + limit, start, -1) if tokens[place] in ends), start + limit)
        yield start, last + 1
        start = last + 1
    if start < len(tokens):
        yield start, len(tokens)
