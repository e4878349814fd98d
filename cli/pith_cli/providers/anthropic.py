"""Anthropic's messages and their token count."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from pith_cli.providers.exchange import Answer, Finish, InvalidRequestError, Json, Passage, Prompt, Role, Tool
from pith_cli.providers.wire import Call, optional, required, sse, texts_in

_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM}
_STOP = {Finish.STOP: "end_turn", Finish.LENGTH: "max_tokens", Finish.TOOL_CALL: "tool_use"}
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class AnthropicMessages:
    """`POST /v1/messages`."""

    provider = "anthropic"
    stream_media_type = "text/event-stream"

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; raises InvalidRequestError as the provider would refuse it."""
        model = required(body, "model", str)
        prompt = Prompt(tuple(_passages(body)), tuple(_tools(body)), required(body, "max_tokens", int))
        return Call(self.provider, path, model, bool(body.get("stream")), body, prompt)

    def reply(self, call: Call, answer: Answer) -> Json:
        """The body of a whole answer."""
        message = _message(call, answer)
        return {
            **message,
            "content": [_block(answer)],
            "stop_reason": _STOP[answer.finish],
            "usage": _usage(answer, answer.output_tokens),
        }

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer as events: message, one content block, stop reason."""
        yield _event("message_start", message=_message(call, answer))
        empty: dict[str, Any] = {"text": ""} if answer.tool_call is None else {"input": {}}
        yield _event("content_block_start", index=0, content_block={**_block(answer), **empty})
        yield _event("ping")
        for delta in _deltas(answer):
            yield _event("content_block_delta", index=0, delta=delta)
        yield _event("content_block_stop", index=0)
        stop = {"stop_reason": _STOP[answer.finish], "stop_sequence": None}
        yield _event("message_delta", delta=stop, usage={"output_tokens": answer.output_tokens})
        yield _event("message_stop")

    def error(self, status: int, message: str) -> Json:
        """The body of an error in Anthropic's format."""
        error = {"type": _ERRORS.get(status, "api_error"), "message": message}
        return {"type": "error", "error": error, "request_id": f"req_{uuid4().hex[:24]}"}


class AnthropicTokenCount(AnthropicMessages):
    """`POST /v1/messages/count_tokens`."""

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; it has no limit on the answer and never streams."""
        return super().read(path, {**body, "max_tokens": 1, "stream": False})

    def reply(self, call: Call, answer: Answer) -> Json:  # noqa: ARG002
        """The number of tokens that the messages would be billed for."""
        return {"input_tokens": answer.input_tokens}


def _passages(body: Json) -> Iterator[Passage]:
    if body.get("system"):
        yield Passage(Role.SYSTEM, texts_in(body["system"]))
    messages = required(body, "messages", list)
    if not messages:
        raise InvalidRequestError("messages", "must hold at least one message")
    for index, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            raise InvalidRequestError(f"messages[{index}].role", "must be user or assistant")
        yield from _message_passages(_ROLES[role], message.get("content"))


def _message_passages(role: Role, content: object) -> Iterator[Passage]:
    """One passage for each tool result of a message and one for the text blocks around them."""
    given = content if isinstance(content, list) else [{"type": "text", "text": content}]
    blocks = [block for block in given if isinstance(block, dict)]
    for block in blocks:
        if block.get("type") == "tool_result":
            yield Passage(Role.TOOL, texts_in(block.get("content")))
    text = "\n".join(texts_in(b.get("text")) for b in blocks if b.get("type") == "text")
    if text:
        yield Passage(role, text)


def _tools(body: Json) -> Iterator[Tool]:
    for index, tool in enumerate(optional(body, "tools", list) or []):
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            raise InvalidRequestError(f"tools[{index}].name", "must be a string")
        yield Tool(tool["name"], tool.get("input_schema") or {})


def _message(call: Call, answer: Answer) -> dict[str, Any]:
    return {
        "id": f"msg_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(answer, 1),
    }


def _usage(answer: Answer, output_tokens: int) -> dict[str, Any]:
    return {
        "input_tokens": answer.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _block(answer: Answer) -> dict[str, Any]:
    call = answer.tool_call
    if call is None:
        return {"type": "text", "text": answer.text}
    return {"type": "tool_use", "id": f"toolu_{uuid4().hex[:24]}", "name": call.name, "input": dict(call.arguments)}


def _deltas(answer: Answer) -> list[dict[str, Any]]:
    if answer.tool_call is not None:
        return [{"type": "input_json_delta", "partial_json": answer.tool_call.arguments_json}]
    return [{"type": "text_delta", "text": piece} for piece in answer.pieces]


def _event(name: str, **fields: object) -> bytes:
    return sse({"type": name, **fields}, name)
