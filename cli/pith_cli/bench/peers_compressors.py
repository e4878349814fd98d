"""Measures LLMLingua-2 engines on the same random weights: the library, ours, and what Pith uses without a GPU."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressor_service.engines import Passage, WordScorer, llmlingua2, llmlingua_library, load_word_scorer
from compressor_service.engines.llmlingua_checkpoint import load_checkpoint
from compressor_service.engines.llmlingua_compat import load_compat
from compressor_service.engines.llmlingua_reference import load_library
from compressor_service.engines.llmlingua_scorer import LlmLingua2
from compressor_service.engines.options import EngineOptions
from pith_cli.bench.harness import Run, scenario
from pith_cli.bench.peers_checkpoints import BASE, BERT, TINY, XLM_ROBERTA, Size, make_checkpoint
from pith_cli.bench.peers_parity import compare
from pith_cli.bench.peers_texts import plain_texts, texts
from pith_cli.bench.peers_timing import faster, in_turns, timed

TOKENS = (128, 500, 2000)
_BATCH, _BATCH_TOKENS = 32, (50, 150)
_LONG_TOKENS = 2000
_SHORT_CHARACTERS = 400
_RATES = (0.5, 0.33)
# Words as both families see them.
_WORD = re.compile(r"\w+|[^\w\s]")
_LIBRARY = "llmlingua_library"
_PRECISIONS = ("float32", "int8", "bfloat16")
Scenario = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """How much to measure, and whom to tell what is measured now."""

    on_step: Callable[[str], None]
    parity_texts: int = 300
    base_parity_texts: int = 2
    rounds: int = 3
    threads: int = 1
    # The size that counts; a smaller one for tests.
    base: Size = BASE


@dataclass(frozen=True)
class Weights:
    """A checkpoint on disk with the name it has in the report."""

    name: str
    folder: Path

    def options(self, plan: Plan, precision: str = "float32") -> EngineOptions:
        """Load it on the cpu with the plan's threads."""
        return EngineOptions(model=str(self.folder), device="cpu", precision=precision, threads=plan.threads)


def measure(plan: Plan, folder: Path) -> Iterator[Scenario]:
    """Make the checkpoints in a folder, and yield what is measured with them."""
    plan.on_step("making checkpoints with random weights")
    tiny = [Weights(f"tiny {kind}", make_checkpoint(folder, kind, TINY)) for kind in (BERT, XLM_ROBERTA)]
    base = Weights("base bert", make_checkpoint(folder, BERT, plan.base))
    for weights in tiny:
        yield from _compatible(plan, weights, texts(plan.parity_texts, seed=7))
    yield from _compatible(plan, base, _short_texts(plan.base_parity_texts))
    yield from _scores(plan, base)


def _short_texts(count: int) -> list[str]:
    """Return texts of two short paragraphs: the library takes a second for each, at this size."""
    parts = [
        " ".join(text.split()) for text in texts(9 * count, seed=8, words=(15, 25)) if len(text) < _SHORT_CHARACTERS
    ]
    return ["\n\n".join(parts[2 * number : 2 * number + 2]) for number in range(count)]


def _compatible(plan: Plan, weights: Weights, asked: Sequence[str]) -> Iterator[Scenario]:
    """Compare the compatibility mode with the library: output, and time for many short texts and for a long one."""
    library, ours = load_library(weights.options(plan)), load_compat(weights.options(plan))
    plan.on_step(f"parity, {weights.name}")
    parity = compare(library.compress_prompt, ours.compress_prompt, asked)
    run: Run[None] = Run(latencies_ms=[])
    figures = {"identical": parity.share, "calls": parity.calls, "refused": parity.refused}
    found = scenario("parity", {"weights": weights.name, "texts": len(asked)}, run, figures=figures)
    yield found | {"n": parity.calls, "errors": len(parity.different)}
    plan.on_step(f"compatibility mode, {weights.name}")
    short = plain_texts(_BATCH, seed=11, tokens=_BATCH_TOKENS)
    long = plain_texts(1, seed=12, tokens=(_LONG_TOKENS, _LONG_TOKENS))
    for shape, contexts in ((f"{_BATCH} texts of 50-150 tokens", short), (f"{_LONG_TOKENS} tokens", long)):
        calls = {
            _LIBRARY: _call(library.compress_prompt, contexts),
            "llmlingua2 compat": _call(ours.compress_prompt, contexts),
        }
        yield from _race("compress_prompt", {"weights": weights.name, "input": shape}, calls, plan)


def _call(compress: Callable[..., object], contexts: Sequence[str]) -> Callable[[], object]:
    return lambda: compress(list(contexts), rate=0.5, use_context_level_filter=False)


def _race(name: str, params: dict[str, Any], calls: dict[str, Callable[[], object]], plan: Plan) -> Iterator[Scenario]:
    taken = in_turns(calls, rounds=plan.rounds)
    slowest = next(iter(taken.values()))
    for engine, taken_ms in taken.items():
        yield timed(name, params | {"engine": engine}, taken_ms, times_faster=faster(slowest, taken_ms))


def _scores(plan: Plan, weights: Weights) -> Iterator[Scenario]:
    """Compare engines as word scorers; labels are compared with the library's at the same share of words."""
    scorers = {
        _LIBRARY: llmlingua_library.load(weights.options(plan)),
        **{f"llmlingua2 {kind}": llmlingua2.load(weights.options(plan, kind)) for kind in _PRECISIONS},
        "llmlingua2 int8, windows of 128": LlmLingua2(
            load_checkpoint("llmlingua2", weights.options(plan, "int8")), window_tokens=128
        ),
        "tiny_onnx": load_word_scorer("tiny_onnx", EngineOptions(threads=plan.threads)),
    }
    for tokens in TOKENS:
        plan.on_step(f"word scores, {tokens} tokens")
        (text,) = plain_texts(1, seed=tokens, tokens=(tokens, tokens))
        passage = Passage(text, [match.span() for match in _WORD.finditer(text)])
        scores: dict[str, NDArray[np.float32]] = {}
        calls = {name: _score(name, scorer, passage, scores) for name, scorer in scorers.items()}
        taken = in_turns(calls, rounds=plan.rounds)
        for name, taken_ms in taken.items():
            figures: dict[str, Any] = {"times_faster": faster(taken[_LIBRARY], taken_ms)}
            if name != "tiny_onnx":  # other weights, so other labels
                figures["labels_equal"] = _labels_equal(scores[_LIBRARY], scores[name])
            yield timed("score", {"engine": name, "tokens": tokens, "weights": weights.name}, taken_ms, **figures)


def _score(
    name: str, scorer: WordScorer, passage: Passage, scores: dict[str, NDArray[np.float32]]
) -> Callable[[], None]:
    def call() -> None:
        (scores[name],) = scorer.score([passage])

    return call


def _labels_equal(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the share of words on which two engines agree, over two rates, each cutting at its own quantile."""
    equal = [(one > np.quantile(one, 1 - rate)) == (other > np.quantile(other, 1 - rate)) for rate in _RATES]
    return float(np.mean(equal))
