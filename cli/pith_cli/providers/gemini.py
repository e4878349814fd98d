"""Gemini's generateContent, its stream and its token count."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from pith_cli.providers.exchange import Answer, Finish, InvalidRequestError, Json, Passage, Prompt, Role, Tool
from pith_cli.providers.wire import Call, optional, required, sse, texts_in

_PATH = re.compile(r"/models/([^/:]+):(\w+)$")
_FINISH = {Finish.STOP: "STOP", Finish.LENGTH: "MAX_TOKENS", Finish.TOOL_CALL: "STOP"}
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class GeminiGenerate:
    """`POST /v1beta/models/<model>:generateContent`, `:streamGenerateContent` as server-sent events."""

    provider = "gemini"
    stream_media_type = "text/event-stream"

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; raises InvalidRequestError as the provider would refuse it."""
        model, method = read_path(path)
        settings = _either(body, "generationConfig", "generation_config") or {}
        limit = optional(settings, "maxOutputTokens", int) or optional(settings, "max_output_tokens", int)
        prompt = Prompt(tuple(_passages(body)), tuple(_tools(body)), limit)
        return Call(self.provider, path, model, method == "streamGenerateContent", body, prompt)

    def reply(self, call: Call, answer: Answer) -> Json:
        """The body of a whole answer."""
        return _response(call, _part(answer), answer)

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer as responses that each hold one word."""
        yield from (sse(response) for response in self._responses(call, answer))

    def error(self, status: int, message: str) -> Json:
        """The body of an error in Google's format."""
        return {"error": {"code": status, "message": message, "status": _STATUS.get(status, "INTERNAL")}}

    def _responses(self, call: Call, answer: Answer) -> Iterator[Json]:
        pieces = answer.pieces or [""]
        response_id = uuid4().hex
        if answer.tool_call is None:
            for piece in pieces[:-1]:
                yield {**_response(call, {"text": piece}, answer, done=False), "responseId": response_id}
        last = {"text": pieces[-1]} if answer.tool_call is None else _part(answer)
        yield {**_response(call, last, answer), "responseId": response_id}


class GeminiArrayStream(GeminiGenerate):
    """`:streamGenerateContent` without `alt=sse`: one JSON array, an element a chunk."""

    stream_media_type = "application/json"

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer as the elements of an array."""
        for index, response in enumerate(self._responses(call, answer)):
            yield (b",\r\n" if index else b"[") + json.dumps(response, ensure_ascii=False).encode()
        yield b"]"


class GeminiTokenCount(GeminiGenerate):
    """`:countTokens`."""

    def reply(self, call: Call, answer: Answer) -> Json:  # noqa: ARG002
        """The number of tokens that the contents would be billed for."""
        return {"totalTokens": answer.input_tokens}


def read_path(path: str) -> tuple[str, str]:
    """The model and the method that a path names."""
    match = _PATH.search(path)
    if match is None:
        raise InvalidRequestError("path", "must end in /models/<model>:<method>")
    return match[1], match[2]


def _either(body: Json, camel: str, snake: str) -> Any:
    """Google accepts both spellings of every field."""
    return body.get(camel, body.get(snake))


def _passages(body: Json) -> Iterator[Passage]:
    system = _either(body, "systemInstruction", "system_instruction")
    if system:
        yield Passage(Role.SYSTEM, texts_in(system.get("parts")))
    contents = required(body, "contents", list)
    if not contents:
        raise InvalidRequestError("contents", "must hold at least one content")
    for index, content in enumerate(contents):
        if not isinstance(content, dict) or not isinstance(content.get("parts"), list):
            raise InvalidRequestError(f"contents[{index}].parts", "must be a list")
        role = Role.ASSISTANT if content.get("role") == "model" else Role.USER
        yield from (_passage(role, part) for part in content["parts"] if isinstance(part, dict))


def _passage(role: Role, part: Json) -> Passage:
    result = _either(part, "functionResponse", "function_response")
    if result is not None:
        return Passage(Role.TOOL, _strings_in(result.get("response")))
    return Passage(role, texts_in(part.get("text")))


def _strings_in(value: object) -> str:
    """All strings of a function's response, whose fields are the caller's own."""
    if isinstance(value, dict):
        return "\n".join(_strings_in(v) for v in value.values())
    if isinstance(value, list):
        return "\n".join(_strings_in(v) for v in value)
    return str(value)


def _tools(body: Json) -> Iterator[Tool]:
    for tool in optional(body, "tools", list) or []:
        for function in _either(tool, "functionDeclarations", "function_declarations") or []:
            yield Tool(required(function, "name", str), function.get("parameters") or {})


def _part(answer: Answer) -> dict[str, Any]:
    call = answer.tool_call
    return (
        {"text": answer.text} if call is None else {"functionCall": {"name": call.name, "args": dict(call.arguments)}}
    )


def _response(call: Call, part: Json, answer: Answer, *, done: bool = True) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    if done:
        candidate["finishReason"] = _FINISH[answer.finish]
    usage = {
        "promptTokenCount": answer.input_tokens,
        "candidatesTokenCount": answer.output_tokens,
        "totalTokenCount": answer.input_tokens + answer.output_tokens,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": answer.input_tokens}],
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": call.model, "responseId": uuid4().hex}
