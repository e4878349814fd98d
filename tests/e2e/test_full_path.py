"""The openai SDK through platform-api, the real LiteLLM proxy, both real services, and a provider."""

import json
import os
import re
import signal
import statistics
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import anthropic
import openai
import pytest
from rich.console import Console

from e2e.stack import ROOT
from fakes_hooks import LoopThread
from pith_cli.up import run_folder
from pith_cli.up.plan import StackPlan
from pith_cli.up.processes import ProcessGroup
from pith_cli.up.stack import choose, make_plan, running
from pith_cli.up.tenants import ManagementClient, create_tenants

pytestmark = pytest.mark.timeout(240)

MODELS = ["gpt-4o", "claude-sonnet-4-5", "gemini-2-5-flash", "groq-llama-3-3-70b"]
SYSTEM = "You answer questions about the documents that you are given."
DOCUMENT = (ROOT / "samples/documents/maintenance_contract.md").read_text(encoding="utf-8").strip()
QUESTION = "How soon must a technician be on site when a fault stops production?"
REWORDED = "How soon does a technician have to be on site when a fault stops production?"
FACT = "a technician is on site within 4 hours"
# The deadlines of `pith up` are generous; a service that refuses connections is not waited for at all.
ALLOWED_MS = 150


@dataclass
class FullPath:
    """The running stack, a key for each tenant, and how to stop a service."""

    plan: StackPlan
    group: ProcessGroup
    keys: dict[str, str]
    clients: dict[str, openai.OpenAI]

    def client(self, tenant: str = "acme") -> openai.OpenAI:
        """The OpenAI client with a tenant's virtual key; a failed request is not repeated."""
        return self.clients[tenant]

    def signal(self, service: str, number: signal.Signals) -> None:
        """Send a signal to the processes of a service."""
        pid = self.group.children[service].pid
        assert pid is not None
        os.killpg(pid, number)

    def seen(self, tag: str) -> list[dict[str, Any]]:
        """What reached a provider and holds the tag."""
        url = f"{self.plan.addresses.providers}/admin/requests"
        with urllib.request.urlopen(url, timeout=5) as response:
            requests = json.load(response)["requests"]
        return [request for request in requests if tag in request["prompt_text"]]


async def _bring_up(stack: AsyncExitStack, out: Path) -> FullPath:
    console = Console(file=StringIO())
    folder = stack.enter_context(run_folder.fresh(out))
    plan = make_plan(folder, ROOT, env=os.environ, real=False, choice=choose(console, only_free=True))
    group = await stack.enter_async_context(running(plan, console))
    async with aiohttp.ClientSession() as http:
        admin_key = folder.admin_key.read_text(encoding="utf-8").strip()
        keys = await create_tenants(ManagementClient(http, plan.addresses.management, admin_key), ["acme", "globex"])
    clients = {tenant: _client(plan, key) for tenant, key in keys.items()}
    for client in clients.values():
        stack.callback(client.close)
    return FullPath(plan, group, dict(keys), clients)


def _client(plan: StackPlan, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{plan.addresses.edge}/v1", api_key=key, max_retries=0, timeout=60)


@pytest.fixture(scope="module")
def path(loop_thread: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullPath]:
    """The whole stack on free ports, with stand-in providers."""
    stack = AsyncExitStack()
    try:
        yield loop_thread.run(_bring_up(stack, tmp_path_factory.mktemp("stack")), timeout_s=220)
    finally:
        loop_thread.run(stack.aclose(), timeout_s=60)


def _messages(tag: str, question: str = QUESTION) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": f"{SYSTEM} Reference {tag}."},
        {"role": "user", "content": f"Here is the agreement.\n\n{DOCUMENT}"},
        {"role": "assistant", "content": "Understood. What would you like to know?"},
        {"role": "user", "content": question},
    ]


def _ask(client: openai.OpenAI, model: str, messages: Any, *, stream: bool = False) -> tuple[Any, str]:
    """Headers and text of one answer."""
    raw = client.chat.completions.with_raw_response.create(model=model, messages=messages, stream=stream)
    answer: Any = raw.parse()
    if not stream:
        return raw.headers, answer.choices[0].message.content
    return raw.headers, "".join(choice.delta.content or "" for chunk in answer for choice in chunk.choices)


def _ask_until(client: openai.OpenAI, model: str, messages: Any, wanted: str) -> tuple[Any, str]:
    """Ask again until the answer, which is stored in the background, is there."""
    deadline = time.monotonic() + 10
    while True:
        headers, text = _ask(client, model, messages)
        if headers["x-pith-cache"] == wanted or time.monotonic() > deadline:
            return headers, text
        time.sleep(0.05)


@pytest.fixture
def tag() -> str:
    """A word that makes a test's requests its own."""
    return "T" + uuid4().hex[:10]


@pytest.mark.parametrize("model", MODELS)
def test_miss_hit_stream_and_tenant(path: FullPath, model: str, tag: str) -> None:
    """A miss is answered right and stored; repeated, streamed and reworded it is a hit; the other tenant misses."""
    client = path.client()
    headers, first = _ask(client, model, _messages(tag))
    assert (headers["x-pith-cache"], headers["x-pith-compression"]) == ("miss", "applied")
    assert FACT in first
    headers, again = _ask_until(client, model, _messages(tag), "hit-exact")
    assert (headers["x-pith-cache"], again) == ("hit-exact", first)
    headers, streamed = _ask(client, model, _messages(tag), stream=True)
    assert (headers["x-pith-cache"], streamed) == ("hit-exact", first)
    headers, reworded = _ask(client, model, _messages(tag, REWORDED))
    assert (headers["x-pith-cache"], reworded) == ("hit-semantic", first)
    assert float(headers["x-pith-similarity"]) > 0.9
    headers, other = _ask(path.client("globex"), model, _messages(tag))
    assert (headers["x-pith-cache"], FACT in other) == ("miss", True)


@pytest.mark.parametrize("model", MODELS)
def test_a_stream_is_stored_and_serves_a_whole_answer(path: FullPath, model: str, tag: str) -> None:
    """What was streamed the first time comes back whole the second time, with the same text."""
    headers, streamed = _ask(path.client(), model, _messages(tag), stream=True)
    assert (headers["x-pith-cache"], FACT in streamed) == ("miss", True)
    headers, whole = _ask_until(path.client(), model, _messages(tag), "hit-exact")
    assert (headers["x-pith-cache"], whole) == ("hit-exact", streamed)


@pytest.mark.parametrize("model", MODELS)
def test_the_provider_sees_compressed_text(path: FullPath, model: str, tag: str) -> None:
    """System text and question arrive whole, the document shortened to whole sentences of its own."""
    headers, _ = _ask(path.client(), model, _messages(tag))
    (request,) = path.seen(tag)
    text = request["prompt_text"]
    assert f"{SYSTEM} Reference {tag}." in text
    assert QUESTION in text
    assert FACT in text
    assert DOCUMENT not in text
    assert len(text) < 0.65 * len(DOCUMENT)
    original = " ".join(" ".join(message["content"] for message in _messages(tag)).split())
    assert all(" ".join(piece.split()) in original for line in text.splitlines() for piece in _sentences(line))
    assert int(headers["x-pith-tokens-saved"]) > 500


def _sentences(line: str) -> list[str]:
    return [piece for piece in re.split(r"(?<=[.!?])\s+(?=[A-Z])", line) if piece]


def test_a_near_miss_is_not_served(path: FullPath, tag: str) -> None:
    """The same question about another number, and its negation, go to the provider."""
    for question, near in [
        ("Which discount is granted after 5 years?", "Which discount is granted after 10 years?"),
        ("Which parts are covered by the agreement?", "Which parts are not covered by the agreement?"),
    ]:
        _ask(path.client(), "gpt-4o", _messages(tag, question))
        assert (
            _ask_until(path.client(), "gpt-4o", _messages(tag, question), "hit-exact")[0]["x-pith-cache"] == "hit-exact"
        )
        headers, _ = _ask(path.client(), "gpt-4o", _messages(tag, near))
        assert headers["x-pith-cache"] == "miss"


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")  # the SDK's opinion of a model's age
def test_other_routes_pass_untouched(path: FullPath, tag: str) -> None:
    """Messages, responses and text completions reach the provider whole, and the models are listed."""
    text = f"{tag}\n\n{DOCUMENT}\n\n{QUESTION}"
    client = path.client()
    client.responses.create(model="gpt-4o", input=text)
    client.completions.create(model="gpt-4o", prompt=text)
    url, key = path.plan.addresses.edge, path.keys["acme"]
    with anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=60) as claude:
        message = claude.messages.create(
            model="claude-sonnet-4-5", max_tokens=200, messages=[{"role": "user", "content": text}]
        )
    assert FACT in "".join(block.text for block in message.content if block.type == "text")
    assert [DOCUMENT in request["prompt_text"] for request in path.seen(tag)] == [True] * 3
    assert {"gpt-4o", "claude-opus-4-1"} <= {model.id for model in client.models.list()}


def test_usage_is_kept_per_tenant(path: FullPath, tag: str) -> None:
    """What a tenant spent and saved appears under /v1/usage, for that tenant alone."""
    client = path.client("globex")
    _ask(client, "gpt-4o", _messages(tag))
    _ask_until(client, "gpt-4o", _messages(tag), "hit-exact")
    deadline = time.monotonic() + 15
    while True:
        total = _usage(path, "globex")["total"]
        if total["saved_cache_usd"] > 0 and total["saved_compression_usd"] > 0:
            break
        assert time.monotonic() < deadline, total
        time.sleep(0.2)
    assert total["cost_usd"] > 0
    assert total["requests"] >= 2


def _usage(path: FullPath, tenant: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{path.plan.addresses.edge}/v1/usage", headers={"authorization": f"Bearer {path.keys[tenant]}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_a_request_without_a_key_is_refused(path: FullPath) -> None:
    """An unknown key is an authentication error to the SDK, and nothing reaches LiteLLM."""
    with _client(path.plan, "sk-wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])


def _median_ms(path: FullPath, **headers: str) -> tuple[float, list[Any]]:
    took, seen = [], []
    for _ in range(7):
        client = path.client().with_options(default_headers=headers)
        began = time.perf_counter()
        answer_headers, text = _ask(client, "gpt-4o-mini", _messages("T" + uuid4().hex[:10]))
        took.append((time.perf_counter() - began) * 1000)
        assert FACT in text
        seen.append(answer_headers)
    return statistics.median(took), seen


def test_services_that_hang_and_die(path: FullPath) -> None:
    """With both services stopped, then killed, every request is still answered right, and the headers say why.

    The last test of this module: the services do not come back.
    """
    untouched_ms, _ = _median_ms(path, **{"x-pith-cache": "off", "x-pith-compress": "off"})
    for service in ("cache-service", "compressor-service"):
        path.signal(service, signal.SIGSTOP)
    _, headers = _median_ms(path)
    assert {h["x-pith-cache"] for h in headers} <= {"bypass;timeout", "bypass;breaker-open"}
    assert {h["x-pith-compression"] for h in headers} <= {"skipped;timeout", "skipped;breaker-open"}
    for service in ("cache-service", "compressor-service"):
        path.signal(service, signal.SIGKILL)
    time.sleep(0.2)
    killed_ms, headers = _median_ms(path)
    assert {h["x-pith-cache"] for h in headers} <= {"bypass;unavailable", "bypass;breaker-open", "bypass;timeout"}
    assert killed_ms < untouched_ms + ALLOWED_MS
