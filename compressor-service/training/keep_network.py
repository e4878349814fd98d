"""The network: word pieces and their features in, one logit a piece out."""

import math

import torch
from torch import Tensor, nn

WINDOW = 128


class NearbyMixer(nn.Module):
    """A feed-forward layer that sees a piece together with its neighbours."""

    def __init__(self, width: int, inner: int, reach: int, dropout: float) -> None:
        super().__init__()
        self.reach = reach
        self.norm = nn.LayerNorm(width)
        self.rise = nn.Linear((2 * reach + 1) * width, inner)
        self.fall = nn.Linear(inner, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor) -> Tensor:
        """Return the states with what their neighbourhood adds."""
        length = states.shape[1]
        padded = nn.functional.pad(self.norm(states), (0, 0, self.reach, self.reach))
        around = torch.cat([padded[:, step : step + length] for step in range(2 * self.reach + 1)], dim=-1)
        return states + self.dropout(self.fall(torch.relu(self.rise(around))))


class WindowMixer(nn.Module):
    """Self-attention over the window with a learned weight for every distance, then a feed-forward layer."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.norm, self.inner_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.rise, self.fall = nn.Linear(width, inner), nn.Linear(inner, width)
        self.distance = nn.Parameter(torch.zeros(heads, 2 * WINDOW - 1))
        places = torch.arange(WINDOW)
        self.register_buffer("apart", places[:, None] - places[None, :] + WINDOW - 1, persistent=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor) -> Tensor:
        """Return the states with what the window adds."""
        batch, length, width = states.shape
        heads = self.project(self.norm(states)).view(batch, length, 3, self.heads, self.size)
        asked, offered, content = heads.permute(2, 0, 3, 1, 4)
        bias = self.distance[:, self.apart][:, :length, :length]
        weights = torch.softmax(asked @ offered.transpose(-1, -2) / math.sqrt(self.size) + bias, dim=-1)
        mixed = (weights @ content).transpose(1, 2).reshape(batch, length, width)
        states = states + self.dropout(self.join(mixed))
        return states + self.dropout(self.fall(torch.relu(self.rise(self.inner_norm(states)))))


class KeepNetwork(nn.Module):
    """Embedding, surface features, a stack of mixers, one logit a piece."""

    def __init__(
        self, table: Tensor, rarity: Tensor, *, features: int, layers: str, inner: int, heads: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        width = table.shape[1]
        self.table = nn.Embedding.from_pretrained(table.clone(), freeze=False)
        self.register_buffer("rarity", rarity)
        self.of_rarity = nn.Linear(1, width, bias=False)
        self.of_features = nn.Linear(features, width)
        mixers = []
        for layer in layers:
            if layer == "a":
                mixers.append(WindowMixer(width, heads, inner, dropout))
            else:
                mixers.append(NearbyMixer(width, inner, int(layer), dropout))
        self.mixers = nn.Sequential(*mixers)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Tensor, features: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Return one logit a piece; pieces marked as hidden show their features alone."""
        words = self.table(ids) + self.of_rarity(self.rarity[ids].unsqueeze(-1))
        if hidden is not None:
            words = words * (~hidden).unsqueeze(-1)
        states = self.dropout(words + self.of_features(features))
        return self.head(self.norm(self.mixers(states))).squeeze(-1)
