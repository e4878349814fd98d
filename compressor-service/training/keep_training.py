"""Trains the network: one pass after the other over paragraphs in ever new company, averaged weights at the end."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from keep_corpus import Paragraph
from keep_learning import Batch, as_cut, asked_loss, batches, survival_loss, word_logits
from keep_network import KeepNetwork
from tokenizers import Tokenizer

from compressor_service.engines.pieces import FEATURES


@dataclass(frozen=True)
class Settings:
    """Everything that was tuned, on articles of the training file that tuning held out."""

    layers: str = "1a"
    width: int = 128
    inner: int = 384
    heads: int = 4
    dropout: float = 0.15
    # Share of pieces of which the network sees the features alone.
    hidden: float = 0.2
    epochs: int = 5
    windows: int = 48
    rate_of_learning: float = 2e-3
    rate_of_table: float = 1e-3
    # Share of the loss "is this word asked for" beside the loss "do answers survive the cut".
    asked: float = 0.3
    # The cuts that answers are to survive.
    rates: tuple[float, ...] = (0.5, 0.33)
    # How far "unasked" is believed where only some questions of a paragraph are known.
    doubt: float = 0.3
    seed: int = 0


def new_network(table: torch.Tensor, rarity: torch.Tensor, settings: Settings) -> KeepNetwork:
    """Build the network with its first weights, the same for a seed."""
    torch.manual_seed(settings.seed)
    return KeepNetwork(
        table,
        rarity,
        features=FEATURES,
        layers=settings.layers,
        inner=settings.inner,
        heads=settings.heads,
        dropout=settings.dropout,
    )


def train(
    network: KeepNetwork, paragraphs: Sequence[Paragraph], tokenizer: Tokenizer, settings: Settings
) -> KeepNetwork:
    """Train for some epochs and return the network with the average of its late weights."""
    size = settings.windows
    steps = sum(1 for _ in batches(paragraphs, tokenizer, windows=size, seed=-1, doubt=1.0)) * settings.epochs
    learner = _Learner(network, settings, steps)
    for epoch in range(settings.epochs):
        seed = 100 * settings.seed + epoch
        learner.learn(batches(paragraphs, tokenizer, windows=size, seed=seed, doubt=settings.doubt))
        print(f"epoch {epoch}: asked {learner.asked:.4f}, survival {learner.survival:.4f}", flush=True)
    network.load_state_dict(learner.average)
    return network.eval()


class _Learner:
    """The optimiser's state, the averaged weights, and the mean losses of the last epoch."""

    def __init__(self, network: KeepNetwork, settings: Settings, steps: int) -> None:
        self._network, self._settings = network, settings
        table = [network.table.weight]
        others = [weights for name, weights in network.named_parameters() if name != "table.weight"]
        groups = [{"params": table, "weight_decay": 0.0}, {"params": others, "weight_decay": 0.01}]
        self._optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        # The number of batches differs by a few from epoch to epoch.
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser,
            [settings.rate_of_table, settings.rate_of_learning],
            total_steps=steps + 5 * settings.epochs,
            pct_start=0.15,
        )
        self._rates = random.Random(settings.seed)
        self._step = 0
        self.average = {name: weights.clone() for name, weights in network.state_dict().items()}
        self.asked = self.survival = 0.0

    def learn(self, epoch: Iterable[Batch]) -> None:
        """Take one step a batch."""
        self._network.train()
        losses = torch.tensor([self._learn_batch(batch) for batch in epoch])
        self.asked, self.survival = losses.mean(0).tolist()

    def _learn_batch(self, batch: Batch) -> tuple[float, float]:
        hidden = torch.rand(batch.ids.shape) < self._settings.hidden
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = self._network(batch.ids, batch.features, hidden)
        words = word_logits(logits.float(), batch)
        asked = asked_loss(words, batch)
        survival = survival_loss(as_cut(words), batch, self._rates.choice(self._settings.rates))
        self._optimiser.zero_grad()
        (self._settings.asked * asked + survival).backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimiser.step()
        self._schedule.step()
        self._update_average()
        return asked.item(), survival.item()

    def _update_average(self) -> None:
        self._step += 1
        share = max(0.01, 1 - (self._step + 1) / (self._step + 10))
        for name, weights in self._network.state_dict().items():
            if weights.is_floating_point():
                self.average[name].lerp_(weights, share)
