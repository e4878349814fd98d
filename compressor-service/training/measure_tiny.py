"""Prints the figures of the model card: answers kept on SQuAD dev beside the baselines, latency, the file's size."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from keep_corpus import held_out, read_paragraphs
from keep_measure import Case, Scores, baselines, make_cases, share_kept

from compressor_service.engines import Passage
from compressor_service.engines.pieces import word_spans
from compressor_service.engines.tiny_onnx import MODEL, SHIPPED_WEIGHTS, VOCABULARY, TinyOnnx, load
from compressor_service.tokens import TokenCounter

RATES = (0.5, 0.33, 0.2)


def main() -> int:
    """Measure what the command line asks for."""
    arguments = parse_arguments()
    scorer = load(folder=arguments.weights)
    learnt_from = read_paragraphs(arguments.squad / "train.jsonl.gz")
    measured = read_paragraphs(arguments.squad / "dev.jsonl.gz")
    if arguments.tuning:
        learnt_from, measured = held_out(learnt_from)
    print(
        f"{scorer.fingerprint}: {sum((arguments.weights / name).stat().st_size for name in (MODEL, VOCABULARY)):,} bytes"
    )
    report_latency(scorer, [paragraph.text for paragraph in measured])
    if arguments.bert:
        report_bert(scorer, [paragraph.text for paragraph in measured])
    rows = []
    for same_article in (False, True):
        cases = make_cases(measured, same_article=same_article)
        known = {} if arguments.no_baselines else baselines(cases, learnt_from)
        for name, scores in {"tiny_onnx": model_scores(scorer, cases), **known}.items():
            rows.append(row(cases, scores, name=name, distractors="same" if same_article else "other"))
            print(*(f"{value:.3f}" if isinstance(value, float) else value for value in rows[-1].values()), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=Path, required=True, help="folder with train.jsonl.gz and dev.jsonl.gz")
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS)
    parser.add_argument("--tuning", action="store_true", help="measure on the articles of train that tuning holds out")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--bert", action="store_true", help="time a BERT-base token classifier beside it (needs torch)")
    parser.add_argument("--json", type=Path, help="write the table here too")
    return parser.parse_args()


def model_scores(scorer: TinyOnnx, cases: Sequence[Case]) -> list[Scores]:
    """Score the words of every document."""
    return [scorer.score([Passage(case.document.text, case.words)])[0].astype(float) for case in cases]


def row(cases: Sequence[Case], scores: Sequence[Scores], *, name: str, distractors: str) -> dict[str, str | float]:
    """Return the share kept at every rate: the best words alone, and with the numbers and negations of their sentences."""
    figures: dict[str, str | float] = {"scorer": name, "distractors": distractors}
    for rate in RATES:
        figures[f"kept_{rate}"] = share_kept(cases, scores, rate)
        figures[f"kept_{rate}_with_critical"] = share_kept(cases, scores, rate, with_critical=True)
    return figures


def report_latency(scorer: TinyOnnx, texts: Sequence[str]) -> None:
    """Time passages of some sizes on one thread, pieces and features included."""
    for tokens in (128, 500, 2000, 8000):
        passage = passage_of(texts, tokens)
        times_ms = timed(lambda passage=passage: scorer.score([passage]), 40)
        print(
            f"{tokens} tokens: fastest {min(times_ms):.1f} ms, p50 {statistics.median(times_ms):.1f}, "
            f"p90 {np.quantile(times_ms, 0.9):.1f}"
        )


def report_bert(scorer: TinyOnnx, texts: Sequence[str]) -> None:
    """Time the forward pass alone of a BERT-base-sized token classifier with random weights, fp32, one thread."""
    import torch  # noqa: PLC0415 -- only this comparison needs it
    from transformers import BertConfig, BertForTokenClassification  # noqa: PLC0415

    torch.set_num_threads(1)
    model = BertForTokenClassification(BertConfig(num_labels=2)).eval()
    ids = torch.randint(1000, 20_000, (4, 512))
    passage = passage_of(texts, 2000)
    with torch.inference_mode():
        theirs = timed(lambda: model(input_ids=ids), 4)
    ours = timed(lambda: scorer.score([passage]), 40)
    print(
        f"2000 tokens: BERT-base fp32 forward of 2,048 pieces {min(theirs):.0f} ms, tiny_onnx in all {min(ours):.1f} ms: "
        f"{min(theirs) / min(ours):.0f} times faster"
    )


def passage_of(texts: Sequence[str], tokens: int) -> Passage:
    """Join texts and cut them to about so many tokens."""
    counter = TokenCounter()
    count = next(n for n in range(1, len(texts)) if counter.count("\n\n".join(texts[:n])) >= tokens)
    text = "\n\n".join(texts[:count])
    text = text[: len(text) * tokens // counter.count(text)]
    return Passage(text, word_spans(text))


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Return the milliseconds of every call, after one that warms up."""
    call()
    times_ms = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        times_ms.append((time.perf_counter() - started) * 1e3)
    return times_ms


if __name__ == "__main__":
    sys.exit(main())
