"""Runs `pith cache` on a real service."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from pith_cli.bench.cache import answer_body
from pith_cli.bench.servers import service
from pith_cli.clients import CacheClient
from pith_cli.main import app

_QUESTION = "Which documents do I need to open an account?"
_REWORDED = "What documents do I need to open an account?"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Shell:
    """Runs subcommands against one cache, beside the loop that serves it."""

    address: str

    async def run(self, *arguments: str, tenant: str = "acme", answer: str = "") -> Any:
        """Run one and return how it ended."""
        flags = ["--address", self.address, "--tenant", tenant]
        return await asyncio.to_thread(CliRunner().invoke, app, ["cache", *arguments, *flags], input=answer)

    async def json(self, *arguments: str, tenant: str = "acme") -> Any:
        """Run one that must not fail and return its JSON."""
        ended = await self.run(*arguments, "--json", tenant=tenant)
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)

    async def learn(self, text: str, *, tenant: str) -> str:
        """Store an answer and return the id of its entry."""
        body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}).encode()
        async with CacheClient(self.address) as client:
            found = await client.lookup(tenant, body)
            assert await client.store(tenant, found.token, answer_body())
            return (await client.lookup(tenant, body)).entry_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shell() -> AsyncIterator[Shell]:
    """One service for all tests of this module, in a process of its own; each test has a tenant of its own."""
    async with service("cache_service", "PITH_CACHE_", needs_data=True) as started:
        yield Shell(started.address)


async def test_entries_are_counted_listed_filtered_and_shown(shell: Shell) -> None:
    """As tables and as JSON."""
    ids = [await shell.learn(text, tenant="lists") for text in (_QUESTION, "How long does a transfer take?")]
    listed = await shell.json("entries", tenant="lists")
    assert {one["entry_id"] for one in listed["entries"]} == set(ids)
    found = await shell.json("entries", "--contains", "transfer", tenant="lists")
    assert [one["entry_id"] for one in found["entries"]] == ids[1:]
    page = await shell.json("entries", "--page-size", "1", tenant="lists")
    assert page["next_page_token"]
    rest = await shell.json("entries", "--page-size", "1", "--page-token", page["next_page_token"], tenant="lists")
    assert len(page["entries"]) == len(rest["entries"]) == 1
    shown = await shell.run("show", ids[0], tenant="lists")
    assert _QUESTION in " ".join(shown.output.split())
    assert "chat: {" in shown.output
    stats = await shell.json("stats", tenant="lists")
    assert (stats["entries"], stats["stored"]) == (2, 2)
    assert "hit rate" in (await shell.run("stats", tenant="lists")).output


async def test_explain_takes_texts_and_files(shell: Shell, tmp_path: Path) -> None:
    """And names the guard that objects."""
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Convert 5 euros"}]}))
    reply = await shell.json("explain", str(file), "Convert 7 euros")
    assert reply["outcome"] == "miss"
    assert "numbers" in [one["verdict"] for one in reply["guards"]]
    assert "numbers" in (await shell.run("explain", str(file), "Convert 7 euros")).output
    same = await shell.json("explain", str(file), str(file))
    assert same["same_exact_key"]


async def test_a_lookup_shows_what_a_gateway_would_get(shell: Shell) -> None:
    """A hit with its answer, a miss without; nothing is stored by it."""
    entry = await shell.learn(_QUESTION, tenant="looks")
    hit = await shell.json("lookup", _QUESTION, tenant="looks")
    assert (hit["outcome"], hit["hit_kind"], hit["entry_id"]) == ("hit", "exact", entry)
    miss = await shell.run("lookup", "Something else entirely?", tenant="looks")
    assert "miss" in miss.output
    assert len((await shell.json("entries", tenant="looks"))["entries"]) == 1
    ended = await shell.run("lookup", "x", "--mode", "never", tenant="looks")
    assert ended.exit_code == 2


async def test_a_wrong_answer_is_not_served_again(shell: Shell) -> None:
    """A report names the entry and the request."""
    entry = await shell.learn(_QUESTION, tenant="reports")
    ended = await shell.run("report", entry, _QUESTION, "--wrong", tenant="reports")
    assert ended.exit_code == 0, ended.output
    assert (await shell.json("lookup", _QUESTION, tenant="reports"))["outcome"] == "miss"


async def test_entries_are_taken_out_after_a_question_or_with_yes(shell: Shell) -> None:
    """A dry run only counts; who says no changes nothing."""
    entry = await shell.learn(_QUESTION, tenant="drops")
    dry = await shell.json("invalidate", "--entry", entry, "--dry-run", tenant="drops")
    assert dry["matched"] == 1
    refused = await shell.run("invalidate", "--tenant-wide", tenant="drops", answer="n\n")
    assert refused.exit_code == 1
    assert len((await shell.json("entries", tenant="drops"))["entries"]) == 1
    taken = await shell.run("invalidate", "--entry", entry, tenant="drops", answer="y\n")
    assert taken.exit_code == 0, taken.output
    assert (await shell.json("entries", tenant="drops"))["entries"] == []
    await shell.learn(_QUESTION, tenant="drops")
    assert (await shell.json("invalidate", "--model", "gpt-4o", "--yes", tenant="drops"))["matched"] == 1
    for wrong in ([], ["--entry", "x", "--tag", "y"]):
        ended = await shell.run("invalidate", *wrong, tenant="drops")
        assert ended.exit_code == 2
        assert "exactly one" in ended.output


async def test_a_policy_is_changed_in_what_is_named(shell: Shell) -> None:
    """The rest stays; an etag that has passed is refused with what to do."""
    before = await shell.json("policy", "get", tenant="rules")
    etag = before["policy"]["etag"]
    flags = ["--budget", "0.05", "--ttl-s", "60", "--modes", "exact,shadow", "--shadow-rate", "0.1", "--width", "user"]
    after = (await shell.json("policy", "set", *flags, tenant="rules"))["policy"]
    assert (after["max_wrong_hit_rate"], after["ttl_s"], after["scope_width"]) == (0.05, 60.0, "user")
    assert (after["modes"], after["shadow_rate"]) == (["exact", "shadow"], 0.1)
    assert after["max_temperature"] == before["policy"]["max_temperature"]
    assert (await shell.json("policy", "set", "--modes", "all", tenant="rules"))["policy"]["modes"] == []
    stale = await shell.run("policy", "set", "--ttl-s", "61", "--etag", etag or "gone", tenant="rules")
    assert stale.exit_code == 1
    assert "policy get" in stale.output
    assert "what the evidence allows" in (await shell.run("policy", "get", tenant="rules")).output
    for wrong in ([], ["--width", "world"], ["--modes", "sometimes"]):
        assert (await shell.run("policy", "set", *wrong, tenant="rules")).exit_code == 2


async def test_errors_say_what_to_do(shell: Shell) -> None:
    """An unknown entry, no tenant, nobody there."""
    ended = await shell.run("show", "0" * 32)
    assert ended.exit_code == 1
    assert "pith cache entries" in ended.output
    assert (await shell.run("stats", tenant="")).exit_code == 2
    ended = await Shell("127.0.0.1:9").run("stats")
    assert ended.exit_code == 1
    assert "--address" in ended.output
