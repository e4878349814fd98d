"""The sample requests as a provider would get them, with their documents whole or damaged on purpose."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pith_cli.providers.exchange import respond
from pith_cli.providers.openai import OpenAIChat

SAMPLES = Path(__file__).parents[1] / "samples"
DOCUMENTS = SAMPLES / "documents"
PLACEHOLDER = re.compile(r"\{\{document:([\w.-]+)\}\}")
SENTENCE = re.compile(r"[^\n]+?(?:[.!?](?=\s)|$|(?=\n))\s*")


def load_traffic() -> list[dict[str, Any]]:
    """Every sample request, in order."""
    return [json.loads(line) for line in (SAMPLES / "traffic.jsonl").read_text(encoding="utf-8").splitlines()]


def documents_of(row: dict[str, Any]) -> list[str]:
    """The names of the documents that a request brings."""
    return [name for m in row["messages"] for name in PLACEHOLDER.findall(m["content"] or "")]


def expand(row: dict[str, Any], damage: Callable[[str], str] = str) -> list[dict[str, Any]]:
    """The messages with each placeholder replaced by its document, after the damage."""

    def document(match: re.Match[str]) -> str:
        return damage((DOCUMENTS / match[1]).read_text(encoding="utf-8").strip())

    return [{**m, "content": m["content"] and PLACEHOLDER.sub(document, m["content"])} for m in row["messages"]]


def answer_to(row: dict[str, Any], damage: Callable[[str], str] = str) -> str:
    """What the stand-in provider says to a request."""
    body = {"model": row["model"], "messages": expand(row, damage), "tools": row.get("tools")}
    return respond(OpenAIChat().read("/openai/v1/chat/completions", body).prompt).text


def keep_random_sentences(text: str, rate: float, seed: int) -> str:
    """Keep sentences drawn by chance, in order, until the rate of words is reached."""
    sentences = SENTENCE.findall(text)
    order = list(range(len(sentences)))
    random.Random(seed).shuffle(order)
    left = rate * len(text.split())
    kept: set[int] = set()
    for index in order:
        words = len(sentences[index].split())
        if words <= left:
            kept.add(index)
            left -= words
    return "".join(s for i, s in enumerate(sentences) if i in kept)
