"""The compressor service over real gRPC."""

import asyncio
import math
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from compressor_service.assembly import build
from compressor_service.settings import CompressorSettings
from fakes_compressor import PARAGRAPHS, RECIPES, long_text
from grpc_serving.server import start
from pith.compressor.v1 import compressor_pb2 as pb
from pith.compressor.v1 import compressor_pb2_grpc

QUESTION = "How much did renewing the kitchen cost?"
ANSWER = "48,300 euros"
PROMPT = f"{RECIPES}\n\n{long_text(12)}\n\n{QUESTION}"
LIMIT_BYTES = 2_000_000
Stub = compressor_pb2_grpc.CompressorServiceStub


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[grpc.aio.Channel]:
    """A running service with its defaults, and a channel to it."""
    server = await start(CompressorSettings(address="127.0.0.1:0", metrics_port=0, data_dir=tmp_path), build)
    options = [("grpc.max_send_message_length", -1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", options=options) as opened:
        yield opened
    await server.stop()


@pytest.fixture
def stub(channel: grpc.aio.Channel) -> Stub:
    """A client of the running service."""
    return Stub(channel)


def prompt(text: str = PROMPT, **fields: object) -> pb.CompressRequest:
    """Make a request of a system and a user message."""
    segments = [
        pb.Segment(id="s", role=pb.ROLE_SYSTEM, text="Be kind."),
        pb.Segment(id="u", role=pb.ROLE_USER, text=text),
    ]
    return pb.CompressRequest(target_model="gpt-4o", segments=segments, **({"budget_ms": 5_000} | fields))


async def test_a_prompt_comes_back_halved_with_its_question_and_answer(stub: Stub) -> None:
    """System and question are untouched, the answer is there, the totals say what was saved."""
    reply = await stub.Compress(prompt(), timeout=10)
    system, user = reply.segments
    assert (system.text, system.changed, system.skip_reason) == ("Be kind.", False, pb.SKIP_REASON_SYSTEM)
    assert user.changed
    assert ANSWER in user.text
    assert user.text.endswith(QUESTION)
    assert reply.totals.eligible_before >= 2 * reply.totals.eligible_after
    assert (reply.engine, user.engine, reply.degraded_from) == ("sentences", "sentences", "")
    assert {"structure", "tokenize", "relevance", "selection", "verification"} <= set(reply.timings.stage_ms)
    assert reply.policy_version
    assert reply.engine_fingerprint
    assert reply.invariants
    assert not user.spans


async def test_spans_prove_the_result_in_apply_and_shadow(stub: Stub) -> None:
    """The kept spans are the text; in shadow mode the text is the original and the numbers are the same."""
    text = f"Grüße, 你好 😀.\n\n{PROMPT}"
    applied = await stub.Compress(prompt(text, include_spans=True), timeout=10)
    shadow = await stub.Compress(prompt(text, include_spans=True, mode=pb.MODE_SHADOW), timeout=10)
    data, spans = text.encode(), applied.segments[1].spans
    assert [span.start for span in spans] == [0, *(span.end for span in spans)][:-1]
    assert spans[-1].end == len(data)
    assert b"".join(data[span.start : span.end] for span in spans if span.kept).decode() == applied.segments[1].text
    assert shadow.segments[1].text == text
    assert list(shadow.segments[1].spans) == list(spans)
    assert shadow.totals == applied.totals


async def test_twenty_callers_get_the_same_bytes(stub: Stub) -> None:
    """Whoever asks, alone or in a crowd, with or without a memory of it, gets the same."""
    alone = await stub.Compress(prompt(), timeout=10)
    calls = [stub.Compress(prompt(tenant_id=str(number % 10)), timeout=30) for number in range(60)]
    assert {reply.segments[1].text for reply in await asyncio.gather(*calls)} == {alone.segments[1].text}


async def test_capabilities_list_what_works_and_what_it_costs(stub: Stub) -> None:
    """Every tier with a measured cost, and both vocabularies."""
    reply = await stub.GetCapabilities(pb.GetCapabilitiesRequest(), timeout=10)
    assert [engine.name for engine in reply.engines] == ["tiny_onnx", "sentences", "lossless"]
    assert all(engine.measured_ms_per_1k_tokens > 0 and engine.fingerprint for engine in reply.engines)
    assert {tokenizer.name for tokenizer in reply.tokenizers} == {"o200k_base", "cl100k_base"}


async def test_a_budget_too_small_is_a_skip_and_not_an_error(stub: Stub) -> None:
    """With a thousandth of a millisecond the original comes back, and what would have been done is named."""
    reply = await stub.Compress(prompt(budget_ms=0.001), timeout=10)
    assert reply.segments[1].text == PROMPT
    assert reply.segments[1].skip_reason == pb.SKIP_REASON_NO_BUDGET
    assert reply.degraded_from == "sentences"


def user(**fields: object) -> pb.Segment:
    """Make a user segment."""
    return pb.Segment(**({"id": "u", "role": pb.ROLE_USER, "text": "x"} | fields))


@pytest.mark.parametrize(
    ("request_", "field", "limit"),
    [
        (pb.CompressRequest(), "segments", "at least one"),
        (pb.CompressRequest(segments=[user(id=str(n)) for n in range(2_001)]), "segments", "2000"),
        (pb.CompressRequest(segments=[user(role=pb.ROLE_UNSPECIFIED)]), "segments[0].role", "USER"),
        (pb.CompressRequest(segments=[user(), user(id="v", role=77)]), "segments[1].role", "77"),
        (pb.CompressRequest(segments=[user(content_type=42)]), "segments[0].content_type", "42"),
        (pb.CompressRequest(segments=[user(), user()]), "segments[1].id", "unique"),
        (
            pb.CompressRequest(segments=[user(), user(id="v", text="x" * (LIMIT_BYTES + 1))]),
            "segments[1].text",
            str(LIMIT_BYTES),
        ),
        (pb.CompressRequest(segments=[user(text="ü" * LIMIT_BYTES)]), "segments[0].text", str(LIMIT_BYTES)),
        (pb.CompressRequest(segments=[user()], mode=9), "mode", "9"),
        (pb.CompressRequest(segments=[user()], budget_ms=-1), "budget_ms", "at least 0"),
        (pb.CompressRequest(segments=[user()], budget_ms=math.nan), "budget_ms", "finite"),
        (pb.CompressRequest(segments=[user()], policy=pb.Policy(profile=9)), "policy.profile", "9"),
        (pb.CompressRequest(segments=[user()], policy=pb.Policy(stability=9)), "policy.stability", "9"),
        (pb.CompressRequest(segments=[user()], policy=pb.Policy(rate=0)), "policy.rate", "above 0"),
        (pb.CompressRequest(segments=[user()], policy=pb.Policy(rate=1.01)), "policy.rate", "at most 1"),
        (pb.CompressRequest(segments=[user()], policy=pb.Policy(rate=math.nan)), "policy.rate", "above 0"),
        (
            pb.CompressRequest(segments=[user()], policy=pb.Policy(target_tokens=0)),
            "policy.target_tokens",
            "at least 1",
        ),
        (
            pb.CompressRequest(segments=[user()], policy=pb.Policy(force_tokens=["x"] * 101)),
            "policy.force_tokens",
            "100",
        ),
        (
            pb.CompressRequest(segments=[user()], policy=pb.Policy(protect_extra=["x"] * 101)),
            "policy.protect_extra",
            "100",
        ),
        (
            pb.CompressRequest(segments=[user()], policy=pb.Policy(ranges=[pb.RateRange(rate=2)])),
            "policy.ranges[0].rate",
            "at most 1",
        ),
        (pb.CompressRequest(segments=[user()], policy=pb.Policy(engine="gzip")), "policy.engine", "sentences"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_bad_input_names_field_and_limit(
    stub: Stub, request_: pb.CompressRequest, field: str, limit: str
) -> None:
    """INVALID_ARGUMENT with a BadRequest detail, and the service goes on."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.Compress(request_, timeout=10)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    status = rpc_status.from_call(caught.value)
    bad = error_details_pb2.BadRequest()
    assert status is not None
    assert status.details[0].Unpack(bad)
    assert bad.field_violations[0].field == field
    assert limit in bad.field_violations[0].description
    assert (await stub.Compress(prompt(), timeout=10)).engine == "sentences"


@pytest.mark.parametrize("engine", ["llmlingua2", "llmlingua_library"])
async def test_an_engine_that_is_not_loaded_is_a_failed_precondition(stub: Stub, engine: str) -> None:
    """The message names it, and the settings that load engines."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.Compress(prompt(policy=pb.Policy(engine=engine)), timeout=10)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert engine in (caught.value.details() or "")
    assert "PITH_COMPRESSOR_EXTRA_ENGINES" in (caught.value.details() or "")


async def test_invalid_utf8_never_reaches_the_service(channel: grpc.aio.Channel, stub: Stub) -> None:
    """A text that is not UTF-8 cannot be parsed as a message; the service goes on."""
    broken = prompt().SerializeToString().replace(b"Be kind.", b"Be \xff\xfe\xfa\xfb.")
    raw = channel.unary_unary(
        "/pith.compressor.v1.CompressorService/Compress", response_deserializer=pb.CompressResponse.FromString
    )
    with pytest.raises(grpc.aio.AioRpcError):
        await raw(broken, timeout=10)
    assert (await stub.Compress(prompt(), timeout=10)).engine == "sentences"


async def test_a_message_over_the_limit_is_refused_by_grpc(channel: grpc.aio.Channel, stub: Stub) -> None:
    """Twenty megabytes are RESOURCE_EXHAUSTED, and the service stays healthy."""
    segments = [user(id=str(number), text="x" * 1_900_000) for number in range(11)]
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.Compress(pb.CompressRequest(segments=segments), timeout=20)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    health = health_pb2_grpc.HealthStub(channel)
    name = "pith.compressor.v1.CompressorService"
    answer = await health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_full_queue_is_refused_at_once(tmp_path: Path) -> None:
    """Of many calls at once some are RESOURCE_EXHAUSTED with a time to wait, and none hangs."""
    settings = CompressorSettings(address="127.0.0.1:0", metrics_port=0, threads=1, max_waiting=1, data_dir=tmp_path)
    server = await start(settings, build)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        calls = [Stub(channel).Compress(prompt(f"{n} {long_text(60)}\n\n{QUESTION}"), timeout=20) for n in range(12)]
        replies = await asyncio.gather(*calls, return_exceptions=True)
    await server.stop()
    refused = [reply for reply in replies if isinstance(reply, grpc.aio.AioRpcError)]
    assert refused
    assert len(refused) < len(replies)
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    status = rpc_status.from_call(refused[0])
    assert status is not None
    assert status.details[0].Is(error_details_pb2.RetryInfo.DESCRIPTOR)


async def test_the_callers_deadline_is_a_budget(stub: Stub) -> None:
    """A caller with little time gets an answer or its own deadline, not a long wait."""
    text = "\n\n".join(f"{n}: {PARAGRAPHS[n % len(PARAGRAPHS)]}" for n in range(1_500))
    started = time.perf_counter()
    call = stub.Compress(prompt(f"{text}\n\n{QUESTION}", budget_ms=0), timeout=0.1)
    (answer,) = await asyncio.gather(call, return_exceptions=True)
    if isinstance(answer, grpc.aio.AioRpcError):
        assert answer.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    else:
        assert answer.degraded_from == "sentences"
    assert time.perf_counter() - started < 2


async def test_a_prompt_of_two_thousand_tokens_is_quick(stub: Stub) -> None:
    """The median is far from what a caller would notice; the loose bound leaves room for a busy machine."""
    took: list[float] = []
    for number in range(15):
        text = "\n\n".join(f"Note {number}.{n}: {PARAGRAPHS[n % len(PARAGRAPHS)]}" for n in range(62))
        started = time.perf_counter()
        reply = await stub.Compress(prompt(f"{text}\n\nWho counts the barrels?"), timeout=10)
        took.append((time.perf_counter() - started) * 1000)
        assert 1_900 < reply.totals.tokens_before < 2_500
    assert statistics.median(took) < 75
