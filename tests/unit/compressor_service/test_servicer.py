"""Translation between messages and the domain."""

import pytest

from compressor_service.admission import Answer
from compressor_service.conversation import Role, Segment
from compressor_service.policy import Policy, Profile, RateRange
from compressor_service.servicer import read_request, write_answer
from compressor_service.structure import ContentType
from compressor_service.validation import Limits
from fakes_compressor import RECIPES, run, user
from grpc_serving.errors import InvalidArgument
from pith.compressor.v1 import compressor_pb2 as pb

LIMITS = Limits()
QUESTION = "When does the gate close?"


def test_every_field_arrives() -> None:
    """A full request becomes the domain's own types."""
    request = read_request(
        pb.CompressRequest(
            tenant_id="acme",
            target_model="gpt-4o",
            segments=[
                pb.Segment(
                    id="t",
                    role=pb.ROLE_TOOL,
                    text="x",
                    locked=True,
                    query="q",
                    content_type=pb.CONTENT_TYPE_LOG,
                    tool_call=pb.ToolCall(name="n", arguments="{}"),
                )
            ],
            policy=pb.Policy(
                profile=pb.PROFILE_MAX,
                rate=0.25,
                min_tokens=0,
                ranges=[pb.RateRange(min_tokens=1, max_tokens=9, rate=0.5)],
                force_tokens=["f"],
                protect_extra=["p"],
                compress_system=True,
                engine="lossless",
                stability=pb.STABILITY_NONE,
                tags=False,
            ),
            budget_ms=7,
            mode=pb.MODE_SHADOW,
        ),
        LIMITS,
    )
    assert list(request.segments) == [Segment("t", Role.TOOL, "x", True, "q", ContentType.LOG, "n", "{}")]
    assert request.policy == Policy(
        Profile.MAX,
        0.25,
        None,
        0,
        (RateRange(1, 9, 0.5),),
        ("f",),
        ("p",),
        compress_system=True,
        engine="lossless",
        stable=False,
        tags=False,
    )
    assert (request.tenant_id, request.target_model, request.budget_ms, request.shadow) == ("acme", "gpt-4o", 7, True)


def test_unset_fields_take_the_defaults() -> None:
    """Unspecified enums and an absent policy are no wishes."""
    request = read_request(pb.CompressRequest(segments=[pb.Segment(id="a", role=pb.ROLE_USER, text="x")]), LIMITS)
    assert request.policy == Policy()
    assert request.segments[0].content_type is ContentType.AUTO
    assert not request.shadow


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.CompressRequest(mode=9, segments=[pb.Segment(role=pb.ROLE_USER)]), "mode"),
        (pb.CompressRequest(segments=[pb.Segment()]), "segments[0].role"),
        (pb.CompressRequest(segments=[pb.Segment(role=99)]), "segments[0].role"),
        (pb.CompressRequest(segments=[pb.Segment(role=1, content_type=99)]), "segments[0].content_type"),
        (pb.CompressRequest(segments=[pb.Segment(role=1)], policy=pb.Policy(profile=99)), "policy.profile"),
        (pb.CompressRequest(segments=[pb.Segment(role=1)], policy=pb.Policy(stability=99)), "policy.stability"),
        (pb.CompressRequest(segments=[pb.Segment(role=1)], policy=pb.Policy(target_tokens=0)), "policy.target_tokens"),
    ],
)
def test_wishes_that_are_not_known_are_refused(request_: pb.CompressRequest, field: str) -> None:
    """An enum value of a later version must not be ignored."""
    with pytest.raises(InvalidArgument) as caught:
        read_request(request_, LIMITS)
    assert caught.value.field == field


def test_a_result_is_written_with_its_totals_and_byte_offsets() -> None:
    """Spans are bytes of the original's UTF-8, and only there when asked for."""
    text = f"Grüße an alle Gäste der Mühle.\n\n{RECIPES}\n\n{QUESTION}"
    result = run([user(text)])
    written = write_answer(Answer(result, 1.5, 9.0), include_spans=True)
    data = text.encode()
    spans = written.segments[0].spans
    assert spans[-1].end == len(data)
    assert b"".join(data[span.start : span.end] for span in spans if span.kept).decode() == written.segments[0].text
    assert written.totals.tokens_before == written.segments[0].tokens_before
    assert written.totals.eligible_after * 2 <= written.totals.eligible_before
    assert (written.totals.tokenizer, written.totals.tokenizer_exact) == ("o200k_base", True)
    assert written.timings.queue_ms == 1.5
    assert not write_answer(Answer(result, 0, 9.0), include_spans=False).segments[0].spans
