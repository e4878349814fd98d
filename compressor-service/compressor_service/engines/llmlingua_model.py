"""Runs a checkpoint over rows of tokens, in batches of rows of about the same length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch  # type: ignore[import-not-found,unused-ignore]  # only with the torch extra
from numpy.typing import NDArray

from compressor_service.engines.llmlingua_checkpoint import Checkpoint

Ids = NDArray[np.int64]
Probabilities = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of token ids, framing tokens included."""

    ids: Ids
    # Position embeddings of the row; none: counted from its start by the model itself.
    positions: Ids | None = None
    # Tokens that the others may attend to; none: all of them.
    seen: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Batching:
    """How rows are put together: a batch's tokens, padding included, and the share of padding, are bounded."""

    max_tokens: int
    max_padding: float

    @classmethod
    def one_by_one(cls) -> "Batching":
        """Give every row a call of its own, so that no bit of a result depends on its neighbours."""
        return cls(max_tokens=0, max_padding=0.0)


def batches(lengths: Sequence[int], batching: Batching) -> Iterator[list[int]]:
    """Yield the rows' indices in batches, longest rows first."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    batch: list[int] = []
    tokens = 0
    for row in order:
        longest = lengths[batch[0]] if batch else lengths[row]
        padded = longest * (len(batch) + 1)
        fits = padded <= batching.max_tokens and padded - tokens - lengths[row] <= batching.max_padding * padded
        if batch and not fits:
            yield batch
            batch, tokens = [], 0
        batch.append(row)
        tokens += lengths[row]
    if batch:
        yield batch


def keep_probabilities(checkpoint: Checkpoint, rows: Sequence[Row], batching: Batching) -> list[Probabilities]:
    """Return the probability of "keep" of every token of every row."""
    found: dict[int, Probabilities] = {}
    for batch in batches([len(row.ids) for row in rows], batching):
        found |= zip(batch, _run(checkpoint, [rows[index] for index in batch]), strict=True)
    return [found[index] for index in range(len(rows))]


def _run(checkpoint: Checkpoint, rows: Sequence[Row]) -> list[Probabilities]:
    lengths = [len(row.ids) for row in rows]
    ids = np.full((len(rows), max(lengths)), checkpoint.model.config.pad_token_id or 0, dtype=np.int64)
    mask = np.zeros(ids.shape, dtype=np.bool_)
    positions = np.zeros(ids.shape, dtype=np.int64)
    for number, row in enumerate(rows):
        ids[number, : lengths[number]] = row.ids
        mask[number, : lengths[number]] = True if row.seen is None else row.seen
        positions[number, : lengths[number]] = 0 if row.positions is None else row.positions
    inputs = {"input_ids": ids} | ({} if mask.all() else {"attention_mask": mask})
    inputs |= {} if rows[0].positions is None else {"position_ids": positions + checkpoint.position_offset}
    with torch.inference_mode():
        on_device = {name: torch.from_numpy(array).to(checkpoint.device) for name, array in inputs.items()}
        logits = checkpoint.model(**on_device).logits
        keep: Probabilities = torch.softmax(logits.float(), dim=-1)[..., 1].cpu().numpy()
    return [keep[number, :length] for number, length in enumerate(lengths)]
