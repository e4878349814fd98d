"""Prints the figures of the model card: closeness to fp32, agreement between machines, latency."""

import argparse
import csv
import json
import os
import platform
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

from cache_service.embedders import SHIPPED_WEIGHTS, Embedder, load_embedder

SIXTEEN_TOKENS = "How do I change the e-mail address that belongs to my account"
SENTENCE = "The pilot waited in the harbour until the swell was low enough for the two ships to leave . "


def main() -> int:
    """Measure what the command line asks for."""
    arguments = parse_arguments()
    print(f"machine: {os.cpu_count()} x {processor()}; onnxruntime {onnxruntime.__version__}")
    embedder = load_embedder("onnx_minilm", weights_dir=arguments.weights)
    texts = list(dict.fromkeys(text for file in arguments.texts for text in read_texts(file)))
    if texts and arguments.reference:
        report_quality(embedder, texts, arguments.reference, arguments.weights)
    if texts and arguments.save_vectors:
        np.save(arguments.save_vectors, embedder.embed(texts))
    if texts and arguments.compare_vectors:
        report_agreement(embedder, texts, arguments.compare_vectors)
    if not arguments.no_latency:
        for threads in (1, 2):
            report_latency(load_embedder("onnx_minilm", weights_dir=arguments.weights, threads=threads), threads)
        print(f"peak resident memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument(
        "--texts", type=Path, nargs="*", default=[], help=".json list, .csv with a column text, or lines"
    )
    parser.add_argument("--reference", type=Path, help="fp32 ONNX that export_minilm.py left in its scratch folder")
    parser.add_argument(
        "--save-vectors", type=Path, help="keep the vectors of the texts, to compare on another machine"
    )
    parser.add_argument("--compare-vectors", type=Path, help="vectors of the same texts, saved elsewhere")
    parser.add_argument("--no-latency", action="store_true")
    return parser.parse_args()


def read_texts(file: Path) -> list[str]:
    """Return the texts of one file."""
    content = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        return list(json.loads(content))
    if file.suffix == ".csv":
        return [row["text"] for row in csv.DictReader(content.splitlines(keepends=True))]
    return content.splitlines()


def report_quality(embedder: Embedder, texts: list[str], reference: Path, weights: Path) -> None:
    """Compare each vector, and each pair's similarity, with fp32."""
    from export_minilm import single_vectors, token_ids  # noqa: PLC0415 -- needs torch, which latency does not

    truth = single_vectors(reference, token_ids(weights, texts))
    ours = embedder.embed(texts)
    singles = (ours * truth).sum(axis=1)
    pairs = np.triu_indices(len(texts), 1)
    exact, quantised = (truth @ truth.T)[pairs], (ours @ ours.T)[pairs]
    shift = (quantised - exact)[exact > 0.8]
    print(f"singles against fp32, n={len(texts)}: mean {singles.mean():.5f}, min {singles.min():.5f}")
    print(f"pair similarity: correlation {np.corrcoef(exact, quantised)[0, 1]:.5f}")
    if shift.size:
        print(f"pairs above 0.8, n={shift.size}: mean shift {shift.mean():+.5f}, standard deviation {shift.std():.5f}")


def report_agreement(embedder: Embedder, texts: list[str], other: Path) -> None:
    """Compare with the vectors that another machine gave for the same texts."""
    agreement = (embedder.embed(texts) * np.load(other)).sum(axis=1)
    print(f"same texts on the other machine: mean {agreement.mean():.6f}, min {agreement.min():.6f}")


def report_latency(embedder: Embedder, threads: int) -> None:
    """Time a short and a long text, one at a time, tokenising included."""
    for text, repeats in ((SIXTEEN_TOKENS, 300), (SENTENCE * 13, 60)):
        for _ in range(5):
            embedder.embed([text])
        times_ms = []
        for _ in range(repeats):
            started = time.perf_counter()
            embedder.embed([text])
            times_ms.append((time.perf_counter() - started) * 1e3)
        p50, p99 = statistics.median(times_ms), statistics.quantiles(times_ms, n=100)[98]
        print(
            f"{threads} thread(s), {embedder.tokens(text)} tokens, n={repeats}: "
            f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, fastest {min(times_ms):.2f} ms"
        )


def processor() -> str:
    """Name the processor and the instructions that decide which int8 kernel runs."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor()
    fields = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
    facts = {key.strip(): value.strip() for key, value in fields.items()}
    kernels = [
        flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx_vnni") if flag in facts.get("flags", "").split()
    ]
    return f"{facts.get('model name', platform.processor())} ({', '.join(kernels)})"


if __name__ == "__main__":
    sys.exit(main())
