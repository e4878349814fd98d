"""Tests of what the subcommands share."""

import json
from pathlib import Path

import grpc
import pytest
import typer

from pith_cli.cache.asking import access, read_request
from pith_cli.cache.command import _target
from pith_cli.cache.errors import describe


def test_a_text_becomes_the_request_that_asks_it() -> None:
    """In the shape of its API."""
    shapes = {
        api: json.loads(read_request("Why?", api=api, model="m").json)
        for api in ("chat", "text", "messages", "responses")
    }
    assert shapes["chat"]["messages"] == shapes["messages"]["messages"] == [{"role": "user", "content": "Why?"}]
    assert shapes["text"]["prompt"] == shapes["responses"]["input"] == "Why?"
    assert shapes["messages"]["max_tokens"] > 0
    assert {shape["model"] for shape in shapes.values()} == {"m"}


def test_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    """And a text too long for the name of a file is a text."""
    file = tmp_path / "request.json"
    file.write_bytes(b'{"x": 1}')
    assert read_request(str(file), api="chat", model="m").json == b'{"x": 1}'
    assert "wwww" in read_request("w" * 5000, api="chat", model="m").json.decode()
    with pytest.raises(typer.BadParameter, match="chat, text"):
        read_request("x", api="smoke", model="m")


def test_a_tenant_must_be_named(tmp_path: Path) -> None:
    """A certificate that cannot be read is refused as well."""
    with pytest.raises(typer.BadParameter, match="PITH_TENANT"):
        access("", "", "", None)
    with pytest.raises(typer.BadParameter):
        access("", "acme", "", tmp_path / "none.pem")
    assert access("h:1", "acme", "t", None).address == "h:1"


def test_errors_say_what_to_do() -> None:
    """Each kind that an operator meets."""
    for code, hint in (
        (grpc.StatusCode.UNAVAILABLE, "--address"),
        (grpc.StatusCode.NOT_FOUND, "pith cache entries"),
        (grpc.StatusCode.FAILED_PRECONDITION, "policy get"),
        (grpc.StatusCode.UNAUTHENTICATED, "PITH_TOKEN"),
    ):
        said = describe("h:1", grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details="so"))
        assert said.startswith(f"cache at h:1: {code.name}: so\n")
        assert hint in said


def test_an_invalidation_names_one_target() -> None:
    """Not none, not two."""
    assert _target(entry_id="e", tag="", tenant=False) == {"entry_id": "e"}
    for wrong in ({"tag": ""}, {"tag": "x", "all": True}):
        with pytest.raises(typer.BadParameter):
            _target(**wrong)
