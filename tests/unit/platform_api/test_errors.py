"""The shapes of refusals."""

import json

import pytest

from platform_api.errors import ApiError, Dialect

STATUSES = [400, 401, 403, 404, 408, 409, 413, 429, 500, 502, 503, 504, 508]


@pytest.mark.parametrize("status", STATUSES)
def test_openais_shape(status):
    """Every refusal has the four fields that OpenAI's SDK reads."""
    error = json.loads(ApiError(status, "a_code", "a sentence", param="model").body())["error"]
    assert (error["message"], error["code"], error["param"]) == ("a sentence", "a_code", "model")
    assert error["type"].endswith("_error")
    assert (error["type"] == "server_error") is (status >= 500)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (503, "api_error"),
    ],
)
def test_anthropics_shape(status, kind):
    """Each status has the type that Anthropic's API gives it."""
    assert json.loads(ApiError(status, "c", "m").body(Dialect.ANTHROPIC)) == {
        "type": "error",
        "error": {"type": kind, "message": "m"},
    }


def test_headers_belong_to_the_status():
    """A refusal for lack of a key names the scheme, one for a while says for how long."""
    assert ("www-authenticate", "Bearer") in ApiError(401, "c", "m").headers()
    assert ("retry-after", "7") in ApiError(503, "c", "m", retry_after_s=7).headers()
    assert ApiError(404, "c", "m").headers() == [("content-type", "application/json")]


def test_stream_events_carry_the_error():
    """Each dialect's reader finds the error in one event of its stream."""
    error = ApiError(502, "upstream_error", "line one\nline two")
    openai = error.sse_event(Dialect.OPENAI)
    assert openai == b"data: " + error.body() + b"\n\n"
    anthropic = error.sse_event(Dialect.ANTHROPIC)
    assert anthropic == b"event: error\ndata: " + error.body(Dialect.ANTHROPIC) + b"\n\n"
    responses = error.sse_event(Dialect.OPENAI_RESPONSES)
    assert json.loads(responses.partition(b"data: ")[2])["code"] == "upstream_error"
    assert [event.count(b"\n\n") for event in (openai, anthropic, responses)] == [1, 1, 1]
