"""Channels and watched files."""

import os

import grpc
import pytest

from fakes_hooks import fake_services
from litellm_hooks.channel import WatchedFile, open_channel
from litellm_hooks.config import HookSettings
from pith.usage.v1 import usage_pb2, usage_pb2_grpc


async def test_a_channel_reaches_a_service_without_a_health_service():
    """The health check of the service config is optional on the other side."""
    async with fake_services() as services, open_channel(f"127.0.0.1:{services.port}", HookSettings()) as channel:
        reply = await usage_pb2_grpc.UsageServiceStub(channel).Record(usage_pb2.RecordRequest(), timeout=5)
        assert reply.recorded == 0


async def test_messages_over_the_limit_are_refused_here():
    """A message that is too large does not leave the process."""
    settings = HookSettings(max_message_bytes=1000)
    async with fake_services() as services, open_channel(f"127.0.0.1:{services.port}", settings) as channel:
        event = usage_pb2.UsageEvent(model="x" * 2000)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await usage_pb2_grpc.UsageServiceStub(channel).Record(usage_pb2.RecordRequest(events=[event]), timeout=5)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_tls_needs_the_services_certificate(tmp_path):
    """With a CA file set, a service without TLS is not talked to."""
    ca = tmp_path / "ca.pem"
    ca.write_bytes(b"not a certificate")
    async with fake_services() as services:
        settings = HookSettings(tls_ca_file=ca)
        async with open_channel(f"127.0.0.1:{services.port}", settings) as channel:
            with pytest.raises(grpc.aio.AioRpcError):
                await usage_pb2_grpc.UsageServiceStub(channel).Record(usage_pb2.RecordRequest(), timeout=1)


def test_a_watched_file_follows_its_changes(tmp_path):
    """Rotation needs no restart: new content, a file that went, a file that came back."""
    path = tmp_path / "token"
    watched = WatchedFile(path)
    assert watched.text() == ""
    path.write_text("one\n")
    assert watched.text() == "one"
    path.write_text("two-longer")
    assert watched.text() == "two-longer"
    path.unlink()
    assert watched.text() == ""
    path.write_bytes(b"\xff\xfe")
    assert watched.text() == ""


def test_an_unchanged_file_is_read_once(tmp_path):
    """Only a change of time or size leads to another read."""
    path = tmp_path / "token"
    path.write_text("abc")
    watched = WatchedFile(path)
    assert watched.text() == "abc"
    status = path.stat()
    path.write_text("xyz")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert watched.text() == "abc"


def test_no_path_no_text():
    """An unset file setting is an empty text."""
    assert WatchedFile(None).text() == ""
