"""OpenAI's chat completions, and Groq's, which differ by a few fields."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from pith_cli.providers.exchange import Answer, Finish, InvalidRequestError, Json, Passage, Prompt, Role, Tool, ToolCall
from pith_cli.providers.wire import Call, optional, required, sse, texts_in

ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
    "function": Role.TOOL,
}
_FINISH = {Finish.STOP: "stop", Finish.LENGTH: "length", Finish.TOOL_CALL: "tool_calls"}
_MAX_CHOICES = 8
DONE = b"data: [DONE]\n\n"


class OpenAIChat:
    """`POST /v1/chat/completions`."""

    provider = "openai"
    stream_media_type = "text/event-stream"
    _service_tier = "default"

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; raises InvalidRequestError as the provider would refuse it."""
        model = required(body, "model", str)
        prompt = Prompt(
            passages=tuple(_passage(m, i) for i, m in enumerate(_messages(body))),
            tools=tuple(_tools(body)),
            max_tokens=optional(body, "max_completion_tokens", int) or optional(body, "max_tokens", int),
        )
        optional(body, "n", int)
        optional(body, "stream_options", dict)
        return Call(self.provider, path, model, bool(body.get("stream")), body, prompt)

    def reply(self, call: Call, answer: Answer) -> Json:
        """The body of a whole answer, with the same answer in every choice."""
        choices = [
            {"index": i, "message": _message(answer), "logprobs": None, "finish_reason": _FINISH[answer.finish]}
            for i in range(_choices(call))
        ]
        usage = self._usage(answer, _choices(call))
        return {**self._envelope(call, "chat.completion"), "choices": choices, "usage": usage, **self._extra()}

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer as chunks: role, words, finish reason, usage where asked for, end mark."""
        envelope = self._envelope(call, "chat.completion.chunk")
        opening: dict[str, Any] = {"role": "assistant", "content": "" if answer.tool_call is None else None}
        for index in range(_choices(call)):
            yield sse({**envelope, "choices": [_delta(index, opening)], **self._extra()})
            for delta in _deltas(answer):
                yield sse({**envelope, "choices": [_delta(index, delta)]})
        usage = self._usage(answer, _choices(call))
        for index in range(_choices(call)):
            yield sse({**envelope, "choices": [_delta(index, {}, _FINISH[answer.finish])], **self._extra(usage)})
        if (call.body.get("stream_options") or {}).get("include_usage"):
            yield sse({**envelope, "choices": [], "usage": usage})
        yield DONE

    def error(self, status: int, message: str) -> Json:
        """The body of an error in OpenAI's format."""
        kinds = {
            400: "invalid_request_error",
            404: "invalid_request_error",
            413: "invalid_request_error",
            429: "requests",
        }
        codes = {404: "model_not_found", 429: "rate_limit_exceeded"}
        error = {
            "message": message,
            "type": kinds.get(status, "server_error"),
            "param": None,
            "code": codes.get(status),
        }
        return {"error": error}

    def _envelope(self, call: Call, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{uuid4().hex}",
            "object": kind,
            "created": int(time.time()),
            "model": call.model,
            "service_tier": self._service_tier,
            "system_fingerprint": "fp_standin",
        }

    def _usage(self, answer: Answer, choices: int) -> dict[str, Any]:
        return usage(answer, choices)

    def _extra(self, usage: Json | None = None) -> Json:  # noqa: ARG002
        return {}


class GroqChat(OpenAIChat):
    """Groq's `POST /openai/v1/chat/completions`."""

    provider = "groq"
    _service_tier = "on_demand"

    def _usage(self, answer: Answer, choices: int) -> dict[str, Any]:
        times = {"queue_time": 0.001, "prompt_time": 0.002, "completion_time": 0.01, "total_time": 0.012}
        plain = usage(answer, choices)
        return {**{k: plain[k] for k in ("prompt_tokens", "completion_tokens", "total_tokens")}, **times}

    def _extra(self, usage: Json | None = None) -> Json:
        x_groq: dict[str, Any] = {"id": f"req_{uuid4().hex}"}
        return {"x_groq": {**x_groq, "usage": usage} if usage else x_groq}


def usage(answer: Answer, choices: int = 1) -> dict[str, Any]:
    """The usage object of chat and text completions."""
    output = answer.output_tokens * choices
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": output,
        "total_tokens": answer.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def tool_call(call: ToolCall) -> dict[str, Any]:
    """A tool call as a message carries it."""
    function = {"name": call.name, "arguments": call.arguments_json}
    return {"id": f"call_{uuid4().hex[:24]}", "type": "function", "function": function}


def _messages(body: Json) -> list[Any]:
    messages: list[Any] = required(body, "messages", list)
    if not messages:
        raise InvalidRequestError("messages", "must hold at least one message")
    return messages


def _passage(message: object, index: int) -> Passage:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise InvalidRequestError(f"messages[{index}].role", f"must be one of {', '.join(ROLES)}")
    return Passage(ROLES[message["role"]], texts_in(message.get("content")))


def _tools(body: Json) -> Iterator[Tool]:
    for index, tool in enumerate(optional(body, "tools", list) or []):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise InvalidRequestError(f"tools[{index}].function.name", "must be a string")
        yield Tool(function["name"], function.get("parameters") or {})


def _choices(call: Call) -> int:
    return max(1, min(call.body.get("n") or 1, _MAX_CHOICES))


def _message(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": []}
    if answer.tool_call is not None:
        message |= {"content": None, "tool_calls": [tool_call(answer.tool_call)]}
    return message


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    if answer.tool_call is None:
        yield from ({"content": piece} for piece in answer.pieces)
        return
    call = tool_call(answer.tool_call)
    arguments = call["function"]["arguments"]
    yield {"tool_calls": [{"index": 0, **call, "function": {"name": answer.tool_call.name, "arguments": ""}}]}
    yield {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}


def _delta(index: int, delta: Json, finish_reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
