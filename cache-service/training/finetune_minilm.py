"""Fine-tunes the encoder by contrast on triples; writes its state, to be averaged with the original by export_minilm.py."""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from export_minilm import SentenceEncoder, checked_source
from numpy.typing import NDArray
from pairs import Triple, counts, disfluent, edited, neighbours, questions, scrambled, split
from safetensors.torch import save_file
from tokenizers import Tokenizer

SEED = 20261124
BATCH = 32
MAX_TOKENS = 48
LEARNING_RATE = 4e-5
WARM_UP = 0.1
SHARPNESS = 20.0
CHECKPOINT_S = 240.0
NEIGHBOURS, EDITED, SCRAMBLED = 4_000, 5_000, 1_500


def main() -> int:
    """Build the triples, learn from them once, write the state."""
    arguments = parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    source = checked_source()
    encoder = SentenceEncoder(source)
    trainer = Trainer(encoder, Tokenizer.from_file(str(source / "tokenizer.json")))
    triples = build_triples(arguments.data, trainer, rng, banking77=arguments.banking77)
    print(f"{len(triples):,} triples: {counts(triples)}", flush=True)
    trainer.learn(batches(triples, rng), arguments.out)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with clinc150, paraphrase and banking77")
    parser.add_argument("--out", type=Path, required=True, help="the state to write, a .safetensors file")
    parser.add_argument("--banking77", action="store_true", help="learn from Banking77's training questions too")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def build_triples(data: Path, trainer: "Trainer", rng: random.Random, *, banking77: bool) -> list[Triple]:
    """The triples of all sources; the order of the calls is part of the seed."""
    learnt, _ = split(questions(data, banking77=banking77))
    return [
        *neighbours(learnt, trainer.embed, NEIGHBOURS, rng),
        *edited([question.text for question in learnt], EDITED, rng),
        *disfluent(data, rng),
        *scrambled(data, SCRAMBLED, rng),
    ]


def batches(triples: Sequence[Triple], rng: random.Random) -> list[list[Triple]]:
    """Batches of texts of like length, in random order."""
    shuffled = rng.sample(list(triples), len(triples))
    made = []
    for start in range(0, len(shuffled), 16 * BATCH):
        near = sorted(shuffled[start : start + 16 * BATCH], key=lambda triple: len(triple.anchor))
        made += [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
    made = [batch for batch in made if len(batch) == BATCH]
    rng.shuffle(made)
    return made


class Trainer:
    """One encoder that learns; the word table stays as it is."""

    def __init__(self, encoder: SentenceEncoder, tokenizer: Tokenizer) -> None:
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        encoder.bert.embeddings.requires_grad_(requires_grad=False)
        self._learnt = [weight for weight in encoder.parameters() if weight.requires_grad]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors in the order of the texts, computed by length."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        with torch.no_grad():
            for start in range(0, len(order), 64):
                places = order[start : start + 64]
                vectors[places] = self._vectors([texts[place] for place in places]).numpy()
        return vectors

    def learn(self, made: Sequence[list[Triple]], out: Path) -> None:
        """Pass once over the batches; the state is written every few minutes and at the end."""
        optimiser = torch.optim.AdamW(self._learnt, lr=LEARNING_RATE, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, len(made)))
        started = saved = time.monotonic()
        losses: list[float] = []
        for step, batch in enumerate(made, 1):
            loss = self._loss(batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._learnt, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if step % 20 == 0 or step == len(made):
                seconds = time.monotonic() - started
                print(f"step {step} of {len(made)}: loss {np.mean(losses[-20:]):.3f}, {seconds:.0f} s", flush=True)
            if time.monotonic() - saved > CHECKPOINT_S or step == len(made):
                save_state(self._encoder, out)
                saved = time.monotonic()

    def _loss(self, batch: Sequence[Triple]) -> torch.Tensor:
        """Each anchor must pick its own rewording among all rewordings and near misses of the batch."""
        anchors, same, other = (
            self._vectors([getattr(triple, side) for triple in batch]) for side in ("anchor", "same", "other")
        )
        logits = SHARPNESS * anchors @ torch.cat([same, other]).T
        groups = [triple.group for triple in batch]
        alike = torch.tensor([[one == two for two in groups] for one in groups]) & ~torch.eye(
            len(groups), dtype=torch.bool
        )
        hidden = torch.cat([alike, alike], dim=1)
        return torch.nn.functional.cross_entropy(logits.masked_fill(hidden, -1e4), torch.arange(len(batch)))

    def _vectors(self, texts: Sequence[str]) -> torch.Tensor:
        rows = self._tokenizer.encode_batch(list(texts))
        ids = torch.tensor([row.ids for row in rows])
        mask = torch.tensor([row.attention_mask for row in rows])
        vectors: torch.Tensor = self._encoder(ids, mask)
        return vectors


def save_state(encoder: SentenceEncoder, out: Path) -> None:
    """Write the encoder's weights."""
    save_file({name: tensor.contiguous() for name, tensor in encoder.bert.state_dict().items()}, out)


def _rate(step: int, steps: int) -> float:
    warm = max(1, int(WARM_UP * steps))
    return (step + 1) / warm if step < warm else max(0.02, (steps - step) / (steps - warm))


if __name__ == "__main__":
    sys.exit(main())
