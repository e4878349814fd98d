"""How a ranker is trained: one hidden layer, a softmax over the sentences of each text, fixed seeds."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from compressor_service.ranker import Ranker

SEED = 7
FOLDS = 5
RATES = (0.5, 0.33, 0.2)
LIMIT = 4.0
# HotpotQA has few questions, and they need the most: two sentences each.
HOTPOT_WEIGHT = 3.0


@dataclass(frozen=True)
class Recipe:
    """The choices of one training run; `odds` weighs the plain odds of each sentence beside the softmax."""

    hidden: int
    epochs: int
    batch: int
    rate: float
    decay: float
    odds: float


@dataclass(frozen=True)
class Data:
    """Sentences of many texts, one after the other: features, relevant words held, tokens; texts by size, kind, group."""

    features: tuple[str, ...]
    matrix: np.ndarray
    labels: np.ndarray
    tokens: np.ndarray
    sizes: np.ndarray
    kinds: Sequence[str]
    groups: Sequence[str]

    def without(self, names: Collection[str]) -> "Data":
        """Leave some features out."""
        kept = [index for index, name in enumerate(self.features) if name not in names]
        return replace(self, features=tuple(self.features[index] for index in kept), matrix=self.matrix[:, kept])

    def starts(self) -> np.ndarray:
        """Return where each text begins, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.sizes)])


def train(data: Data, recipe: Recipe, texts: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Train on all texts, or on those named; return the arrays that the service reads."""
    texts = np.arange(len(data.sizes)) if texts is None else texts
    means = data.matrix.mean(axis=0, dtype=np.float64)
    deviations = data.matrix.std(axis=0, dtype=np.float64) + 1e-6
    inputs = torch.tensor(np.clip((data.matrix - means) / deviations, -LIMIT, LIMIT), dtype=torch.float32)
    network = _fit(inputs, data, recipe, texts)
    inner, outer = network[0], network[2]
    return {
        "features": np.array(data.features),
        "means": means.astype(np.float32),
        "deviations": deviations.astype(np.float32),
        "inner": inner.weight.detach().numpy().T.copy(),
        "inner_bias": inner.bias.detach().numpy(),
        "outer": outer.weight.detach().numpy()[0],
        "outer_bias": outer.bias.detach().numpy(),
    }


def _fit(inputs: torch.Tensor, data: Data, recipe: Recipe, texts: np.ndarray) -> torch.nn.Sequential:
    torch.manual_seed(SEED)
    dice = np.random.default_rng(SEED)
    network = torch.nn.Sequential(
        torch.nn.Linear(inputs.shape[1], recipe.hidden), torch.nn.Tanh(), torch.nn.Linear(recipe.hidden, 1)
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    batches = recipe.epochs * (len(texts) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=batches)
    starts = data.starts()
    labels = torch.tensor(np.sqrt(np.minimum(data.labels, 30.0)), dtype=torch.float32)
    weights = torch.tensor([HOTPOT_WEIGHT if kind == "hotpot" else 1.0 for kind in data.kinds])
    for _ in range(recipe.epochs):
        order = dice.permutation(texts)
        for first in range(0, len(order) - recipe.batch + 1, recipe.batch):
            chosen = order[first : first + recipe.batch]
            rows = np.concatenate([np.arange(starts[text], starts[text + 1]) for text in chosen])
            owners = torch.tensor(np.repeat(np.arange(recipe.batch), data.sizes[chosen]))
            scores = network(inputs[rows])[:, 0]
            loss = _loss(scores, labels[rows], owners, weights[chosen]) + recipe.odds * _odds_loss(scores, labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network


def _loss(scores: torch.Tensor, labels: torch.Tensor, owners: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return how little of each text's softmax falls on its relevant sentences, weighed by the words they hold."""
    zeros = torch.zeros(len(weights))
    highest = zeros.scatter_reduce(0, owners, scores.detach(), "amax", include_self=False)
    total = zeros.index_add(0, owners, torch.exp(scores - highest[owners]))
    shares = scores - highest[owners] - torch.log(total)[owners]
    relevant = zeros.index_add(0, owners, labels)
    return -(zeros.index_add(0, owners, shares * labels) / relevant * weights).mean()


def _odds_loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Keep the scores near the logarithm of the odds, so that they mean the same in every text."""
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, (labels > 0).float())


def cross_validate(data: Data, recipe: Recipe) -> np.ndarray:
    """Score every text by a ranker that has seen nothing of its article, question or team."""
    folds = np.array([zlib.crc32(group.encode()) % FOLDS for group in data.groups])
    scores = np.zeros(len(data.labels))
    for fold in range(FOLDS):
        arrays = train(data, recipe, np.flatnonzero(folds != fold))
        ranker = Ranker(tuple(arrays.pop("features").tolist()), **{k: v.astype(np.float64) for k, v in arrays.items()})
        rows = np.repeat(folds == fold, data.sizes)
        held_out = data.matrix[rows].astype(np.float64)
        scores[rows] = ranker.score(dict(zip(data.features, held_out.T, strict=True)))
    return scores


def report(data: Data, scores: np.ndarray) -> str:
    """Tell, by kind of text and rate, how much of what is relevant is kept."""
    kept: dict[str, list[list[float]]] = {}
    starts = data.starts()
    for text, kind in enumerate(data.kinds):
        if data.groups[text]:  # paragraphs of unknown articles are trained on only
            rows = slice(starts[text], starts[text + 1])
            kept.setdefault(kind, []).append(_kept(scores[rows], data.labels[rows], data.tokens[rows], kind))
    lines = []
    for kind, values in sorted(kept.items()):
        means = " ".join(f"{value:.4f}" for value in np.mean(values, axis=0))
        lines.append(f"  {kind}: {means} at {RATES}, n = {len(values):,}")
    return "\n".join(lines)


def _kept(scores: np.ndarray, labels: np.ndarray, tokens: np.ndarray, kind: str) -> list[float]:
    """Keep the best sentences that fit each rate; any answer, both supporting sentences, or the share of the words."""
    shares = []
    for rate in RATES:
        left, kept = rate * tokens.sum(), np.zeros(len(scores), dtype=bool)
        for index in np.argsort(-scores, kind="stable"):
            if tokens[index] <= left:
                kept[index] = True
                left -= tokens[index]
        held = labels[kept].sum() / labels.sum()
        shares.append(held if kind == "meeting" else float(held == 1) if kind == "hotpot" else float(held > 0))
    return shares
