"""Batches of windows and the two losses: is a word asked for, and do whole answers survive the cut."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from keep_corpus import Document, Paragraph, shuffled_documents
from keep_network import WINDOW
from tokenizers import Tokenizer
from torch import Tensor

from compressor_service.engines.pieces import read_pieces
from compressor_service.engines.tiny_onnx import SIDE

LONGEST_ANSWER = 12


@dataclass
class Batch:
    """Windows of pieces, the words that they spell, and the answers as rows of word numbers."""

    ids: Tensor
    features: Tensor
    word_of: Tensor  # piece -> word
    costs: Tensor  # word -> pieces
    asked: Tensor  # word -> 1 if in an answer
    trust: Tensor  # word -> weight of its label
    answers: Tensor  # answer -> words, padded with its first word


def batches(
    paragraphs: Sequence[Paragraph], tokenizer: Tokenizer, *, windows: int, seed: int, doubt: float
) -> Iterator[Batch]:
    """Yield every paragraph once, in a new order for every seed."""
    source = random.Random(seed)
    waiting: list[Document] = []
    size = 0
    for document in shuffled_documents(paragraphs, source):
        waiting.append(document)
        size += len(document.text)
        if size > windows * WINDOW * 4.9:
            yield _batch(waiting, tokenizer, doubt)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting, tokenizer, doubt)


def _batch(documents: Sequence[Document], tokenizer: Tokenizer, doubt: float) -> Batch:
    ids, features, word_of, asked, trust = [], [], [], [], []
    answers: list[list[int]] = []
    words = 0
    for document in documents:
        pieces = read_pieces(tokenizer, document.text)
        spans = document.words()
        starts = np.array([start for start, _ in spans])
        ids.append(pieces.ids)
        features.append(pieces.features)
        word_of.append(np.searchsorted(starts, pieces.starts, side="right") - 1 + words)
        own = np.zeros(len(spans), dtype=np.float32)
        for first, last in _answered_words(document, starts):
            own[first:last] = 1
            run = list(range(first + words, min(last, first + LONGEST_ANSWER) + words))
            answers.append(run + [first + words] * (LONGEST_ANSWER - len(run)))
        asked.append(own)
        trust.append(_trust(document, starts, own, doubt))
        words += len(spans)
    count = sum(map(len, ids)) // WINDOW * WINDOW
    pieces_of = torch.from_numpy(np.concatenate(word_of)[:count])
    return Batch(
        torch.from_numpy(np.concatenate(ids)[:count]).view(-1, WINDOW),
        torch.from_numpy(np.concatenate(features)[:count]).view(-1, WINDOW, features[0].shape[1]),
        pieces_of,
        torch.bincount(pieces_of, minlength=words).float(),
        torch.from_numpy(np.concatenate(asked)),
        torch.from_numpy(np.concatenate(trust)),
        torch.tensor(answers),
    )


def _answered_words(document: Document, starts: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield for every question the first word of its answer and the one behind the last."""
    for question in document.questions:
        first = int(np.searchsorted(starts, question.span[0], side="right")) - 1
        yield first, int(np.searchsorted(starts, question.span[1] - 1, side="right"))


def _trust(document: Document, starts: np.ndarray, asked: np.ndarray, doubt: float) -> np.ndarray:
    """Trust less that a word is unasked where only some of the questions are known."""
    parts = np.array([start for start, _, _ in document.parts])
    complete = np.array([complete for _, _, complete in document.parts])
    known = complete[np.searchsorted(parts, starts, side="right") - 1] | (asked > 0)
    return np.where(known, 1.0, doubt).astype(np.float32)


def word_logits(piece_logits: Tensor, batch: Batch) -> Tensor:
    """Average the pieces of every word."""
    sums = torch.zeros(len(batch.costs)).index_add(0, batch.word_of, piece_logits.reshape(-1))
    return sums / batch.costs.clamp(min=1)


def as_cut(words: Tensor) -> Tensor:
    """Do what the engine does to the scores: mix every word with its neighbours, raise what stands between higher ones."""
    before, after = _shifted(words)
    words = (SIDE * before + 4 * words + SIDE * after) / (4 + 2 * SIDE)
    return torch.maximum(words, torch.minimum(*_shifted(words)))


def _shifted(words: Tensor) -> tuple[Tensor, Tensor]:
    padded = torch.nn.functional.pad(words[None, None], (1, 1), mode="replicate")[0, 0]
    return padded[:-2], padded[2:]


def asked_loss(words: Tensor, batch: Batch) -> Tensor:
    """Tell asked words from others."""
    return torch.nn.functional.binary_cross_entropy_with_logits(words, batch.asked, weight=batch.trust)


def survival_loss(words: Tensor, batch: Batch, rate: float) -> Tensor:
    """Push the weakest word of every answer over the cut that keeps this share of the text.

    The cut moves with the scores: whoever rises over it takes the place of another.
    """
    present = batch.costs > 0
    cut = _cut(words.detach()[present], batch.costs[present], rate)
    nearness = torch.sigmoid(words.detach() - cut)
    nearness = nearness * (1 - nearness) * batch.costs
    cut = cut + (nearness / nearness.sum() * (words - words.detach())).sum()
    margins = words[batch.answers] - cut
    weakest = -torch.logsumexp(-4.0 * margins, dim=1) / 4.0
    return torch.nn.functional.softplus(-weakest).mean()


def _cut(words: Tensor, costs: Tensor, rate: float) -> Tensor:
    """Find the cut at which the kept share, counted softly, is the rate."""
    low, high = words.min() - 10, words.max() + 10
    for _ in range(40):
        middle = (low + high) / 2
        if (torch.sigmoid(words - middle) * costs).sum() > rate * costs.sum():
            low = middle
        else:
            high = middle
    return (low + high) / 2
