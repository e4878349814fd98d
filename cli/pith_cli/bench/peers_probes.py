"""What a semantic cache is asked: questions stored with answers, the same in other words, and near misses; pure."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pith_cli.bench.questions import questions
from pith_cli.up.traffic import SampleRequest

PARAPHRASE, NEAR_MISS = "paraphrase", "near_miss"


@dataclass(frozen=True)
class Ask:
    """One request: its body, its last user text, and a name for its answer."""

    tenant: str
    model: str
    body: bytes
    text: str
    answer: str


@dataclass(frozen=True)
class Probe:
    """A request that differs from a stored one, and whether that one's answer is right for it."""

    ask: Ask
    kind: str


@dataclass(frozen=True)
class Probes:
    """What is stored first, and what is asked then."""

    name: str
    stored: Sequence[Ask]
    probes: Sequence[Probe]


def of_samples(requests: Sequence[SampleRequest]) -> Probes:
    """Take the rewordings and near misses of the sample traffic, and the requests that they differ from by one text."""
    stored: dict[str, Ask] = {}
    probes: list[Probe] = []
    for request in requests:
        kind = PARAPHRASE if request.kind == "paraphrase" else NEAR_MISS if request.kind.startswith("near-miss") else ""
        origin = _origin(request, requests) if kind else None
        if origin is not None:
            stored[origin.id] = _ask(origin)
            probes.append(Probe(_ask(request, answer=origin.id), kind))
    return Probes("samples", list(stored.values()), probes)


def of_pairs(path: Path, limit: int) -> Probes:
    """Read pairs of sentences with a label, 1 for the same meaning, from lines of JSON."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in islice(lines, limit)]
    stored = [_question(pair["sentence1"], pair["id"]) for pair in pairs]
    kinds = (PARAPHRASE if pair["label"] else NEAR_MISS for pair in pairs)
    probes = [Probe(_question(pair["sentence2"], pair["id"]), kind) for pair, kind in zip(pairs, kinds, strict=True)]
    return Probes(path.name, stored, probes)


def of_questions(count: int) -> Probes:
    """Make questions with one rewording each, for timing."""
    made = list(islice(questions(seed=5), count))
    stored = [_question(question.text, f"q{number}") for number, question in enumerate(made)]
    reworded = [_question(question.paraphrases[0], f"q{number}") for number, question in enumerate(made)]
    return Probes("questions", stored, [Probe(ask, PARAPHRASE) for ask in reworded])


def _origin(probe: SampleRequest, requests: Sequence[SampleRequest]) -> SampleRequest | None:
    """Return the request that differs in the last text alone; of several the one with the most words in common."""
    alike = [
        request
        for request in requests
        if request.expect.cache == "miss"
        and not request.kind.startswith("near-miss")
        and _surroundings(request) == _surroundings(probe)
    ]
    return max(alike, key=lambda request: len(_words(request) & _words(probe)), default=None)


def _surroundings(request: SampleRequest) -> tuple[str, str, Any]:
    return request.tenant, request.model, request.body["messages"][:-1]


def _words(request: SampleRequest) -> set[str]:
    return set(_last_text(request).lower().split())


def _last_text(request: SampleRequest) -> str:
    return str(request.body["messages"][-1]["content"])


def _ask(request: SampleRequest, *, answer: str = "") -> Ask:
    body = json.dumps(dict(request.body)).encode()
    return Ask(request.tenant, request.model, body, _last_text(request), answer or request.id)


def _question(text: str, answer: str) -> Ask:
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}).encode()
    return Ask("bench", "gpt-4o", body, text, answer)


def answer_body(ask: Ask) -> bytes:
    """Make a chat answer that names the request."""
    message = {"role": "assistant", "content": ask.answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    head = {"id": "chatcmpl-bench", "object": "chat.completion", "created": 1, "model": ask.model}
    usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    return json.dumps({**head, "choices": [choice], "usage": usage}).encode()
