"""OpenAI's other endpoints in short form: text completions, responses, embeddings."""

import base64
import hashlib
import struct
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from pith_cli.providers.exchange import Answer, Finish, InvalidRequestError, Json, Passage, Prompt, Role, Tool
from pith_cli.providers.openai import DONE, ROLES, OpenAIChat, usage
from pith_cli.providers.wire import Call, optional, required, sse, texts_in

_DEFAULT_DIMENSIONS = 1536
_MAX_DIMENSIONS = 3072


class OpenAIText:
    """`POST /v1/completions`."""

    provider = "openai"
    stream_media_type = "text/event-stream"
    error = OpenAIChat.error

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; a list of prompts is read as one."""
        model = required(body, "model", str)
        prompt = Prompt(
            (Passage(Role.USER, texts_in(body.get("prompt"))),), max_tokens=optional(body, "max_tokens", int)
        )
        return Call(self.provider, path, model, bool(body.get("stream")), body, prompt)

    def reply(self, call: Call, answer: Answer) -> Json:
        """The body of a whole answer."""
        return {**_text_envelope(call), "choices": [_text_choice(answer.text, answer)], "usage": usage(answer)}

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer word by word."""
        envelope = _text_envelope(call)
        for piece in answer.pieces:
            yield sse({**envelope, "choices": [_text_choice(piece, None)]})
        yield sse({**envelope, "choices": [_text_choice("", answer)]})
        if (call.body.get("stream_options") or {}).get("include_usage"):
            yield sse({**envelope, "choices": [], "usage": usage(answer)})
        yield DONE


class OpenAIResponses:
    """`POST /v1/responses`."""

    provider = "openai"
    stream_media_type = "text/event-stream"
    error = OpenAIChat.error

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; raises InvalidRequestError as the provider would refuse it."""
        model = required(body, "model", str)
        tools = optional(body, "tools", list) or []
        named = tuple(Tool(t["name"], t.get("parameters") or {}) for t in tools if "name" in t)
        prompt = Prompt(tuple(_items(body)), named, optional(body, "max_output_tokens", int))
        return Call(self.provider, path, model, bool(body.get("stream")), body, prompt)

    def reply(self, call: Call, answer: Answer) -> Json:
        """The body of a whole answer."""
        return _response(call, f"resp_{uuid4().hex}", _status(answer), answer)

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer as numbered events."""
        response_id = f"resp_{uuid4().hex}"
        final = _response(call, response_id, _status(answer), answer)
        opening = _response(call, response_id, "in_progress", None)
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": opening},
            {"type": "response.in_progress", "response": opening},
        ]
        events += _item_events(final["output"][0], answer)
        events.append({"type": f"response.{_status(answer)}", "response": final})
        for number, event in enumerate(events):
            yield sse({**event, "sequence_number": number}, event["type"])


class OpenAIEmbeddings:
    """`POST /v1/embeddings`: equal texts get equal vectors, and that is all that they say."""

    provider = "openai"
    stream_media_type = "text/event-stream"
    error = OpenAIChat.error

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; raises InvalidRequestError as the provider would refuse it."""
        model = required(body, "model", str)
        size = body.get("dimensions", _DEFAULT_DIMENSIONS)
        if not isinstance(size, int) or not 1 <= size <= _MAX_DIMENSIONS:
            raise InvalidRequestError("dimensions", f"must be a whole number from 1 to {_MAX_DIMENSIONS}")
        passages = tuple(Passage(Role.USER, texts_in(text)) for text in _inputs(body))
        return Call(self.provider, path, model, stream=False, body=body, prompt=Prompt(passages))

    def reply(self, call: Call, answer: Answer) -> Json:
        """One vector for each input, as numbers or as base64."""
        size = call.body.get("dimensions", _DEFAULT_DIMENSIONS)
        data = [
            {"object": "embedding", "index": i, "embedding": _encoded(_vector(p.text, size), call.body)}
            for i, p in enumerate(call.prompt.passages)
        ]
        tokens = answer.input_tokens
        return {
            "object": "list",
            "model": call.model,
            "data": data,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """Embeddings do not stream."""
        yield sse(self.reply(call, answer))


def _text_envelope(call: Call) -> dict[str, Any]:
    return {"id": f"cmpl-{uuid4().hex}", "object": "text_completion", "created": int(time.time()), "model": call.model}


def _text_choice(text: str, answer: Answer | None) -> dict[str, Any]:
    finish = None if answer is None else "length" if answer.finish is Finish.LENGTH else "stop"
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}


def _items(body: Json) -> Iterator[Passage]:
    if isinstance(body.get("instructions"), str):
        yield Passage(Role.SYSTEM, body["instructions"])
    content = body.get("input")
    items = [{"role": "user", "content": content}] if isinstance(content, str) else required(body, "input", list)
    for item in items:
        if item.get("type") == "function_call_output":
            yield Passage(Role.TOOL, texts_in(item.get("output")))
        elif item.get("role") in ROLES:
            yield Passage(ROLES[item["role"]], texts_in(item.get("content")))


def _status(answer: Answer) -> str:
    return "incomplete" if answer.finish is Finish.LENGTH else "completed"


def _response(call: Call, response_id: str, status: str, answer: Answer | None) -> dict[str, Any]:
    body = call.body
    return {
        "id": response_id,
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "metadata": {},
        "model": call.model,
        "output": [_output_item(answer)] if answer else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": body.get("temperature", 1.0),
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _response_usage(answer) if answer else None,
    }


def _response_usage(answer: Answer) -> Json:
    return {
        "input_tokens": answer.input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": answer.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }


def _output_item(answer: Answer) -> dict[str, Any]:
    call = answer.tool_call
    if call is not None:
        ids = {"id": f"fc_{uuid4().hex}", "call_id": f"call_{uuid4().hex[:24]}"}
        return {
            "type": "function_call",
            "status": "completed",
            **ids,
            "name": call.name,
            "arguments": call.arguments_json,
        }
    part = {"type": "output_text", "text": answer.text, "annotations": []}
    return {
        "type": "message",
        "id": f"msg_{uuid4().hex}",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }


def _item_events(item: dict[str, Any], answer: Answer) -> list[dict[str, Any]]:
    """The events between an output item's beginning and its end."""
    place = {"item_id": item["id"], "output_index": 0}
    closing = {"type": "response.output_item.done", "output_index": 0, "item": item}
    if answer.tool_call is not None:
        arguments = item["arguments"]
        return [
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": {**item, "arguments": "", "status": "in_progress"},
            },
            {"type": "response.function_call_arguments.delta", **place, "delta": arguments},
            {"type": "response.function_call_arguments.done", **place, "name": item["name"], "arguments": arguments},
            closing,
        ]
    part = item["content"][0]
    place["content_index"] = 0
    return [
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "content": [], "status": "in_progress"},
        },
        {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
        *({"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in answer.pieces),
        {"type": "response.output_text.done", **place, "text": answer.text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        closing,
    ]


def _inputs(body: Json) -> list[Any]:
    given = body.get("input")
    if isinstance(given, str):
        return [given]
    return list(required(body, "input", list))


def _vector(text: str, size: int) -> list[float]:
    """A vector of length one made from the text's digest."""
    seed = hashlib.shake_256(text.encode("utf-8", "surrogatepass")).digest(size)
    values = [byte - 127.5 for byte in seed]
    norm = sum(v * v for v in values) ** 0.5
    return [v / norm for v in values]


def _encoded(vector: list[float], body: Json) -> list[float] | str:
    if body.get("encoding_format") == "base64":
        return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    return vector
