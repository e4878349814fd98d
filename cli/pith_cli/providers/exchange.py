"""What a stand-in was asked and what it says, free of any provider's wire format; pure."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pith_cli.providers import reader

Json = Mapping[str, Any]
BYTES_PER_TOKEN = 4
_TOKENS_PER_PASSAGE = 4
_PIECE = re.compile(r"\S+\s*|\s+")


class Role(Enum):
    """Who speaks in a passage."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Finish(Enum):
    """Why an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALL = "tool_call"


class InvalidRequestError(Exception):
    """A request that the provider would refuse, with the field that is wrong."""

    def __init__(self, field_name: str, description: str) -> None:
        super().__init__(f"{field_name}: {description}")
        self.field_name = field_name


@dataclass(frozen=True)
class Passage:
    """One text of the conversation and who said it."""

    role: Role
    text: str


@dataclass(frozen=True)
class Tool:
    """A function that the caller offers, with the JSON schema of its arguments."""

    name: str
    parameters: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Prompt:
    """Everything of a request that an answer depends on."""

    passages: tuple[Passage, ...]
    tools: tuple[Tool, ...] = ()
    max_tokens: int | None = None

    @property
    def text(self) -> str:
        """All texts in order, one a paragraph."""
        return "\n\n".join(p.text for p in self.passages)

    @property
    def asked_at(self) -> int:
        """The index of the last user text, or -1."""
        return max((i for i, p in enumerate(self.passages) if p.role is Role.USER and p.text.strip()), default=-1)


@dataclass(frozen=True)
class ToolCall:
    """A call of an offered tool."""

    name: str
    arguments: Json

    @property
    def arguments_json(self) -> str:
        """The arguments as the JSON text that OpenAI's format carries."""
        return json.dumps(self.arguments, ensure_ascii=False)


@dataclass(frozen=True)
class Answer:
    """What the stand-in says: a text or a tool call, why it ended and what it cost."""

    text: str
    finish: Finish
    input_tokens: int
    output_tokens: int
    tool_call: ToolCall | None = None

    @property
    def pieces(self) -> list[str]:
        """The text word by word, as a stream carries it; joined they are the text."""
        return _PIECE.findall(self.text)


def count_tokens(text: str) -> int:
    """Count tokens as one per four bytes of UTF-8, rounded up: not a tokenizer, but shorter texts always cost less."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN)


def input_tokens(prompt: Prompt) -> int:
    """Count what a provider would bill for the prompt: texts, four tokens a message, tool descriptions."""
    tools = sum(count_tokens(t.name + json.dumps(t.parameters, ensure_ascii=False)) for t in prompt.tools)
    return tools + sum(count_tokens(p.text) + _TOKENS_PER_PASSAGE for p in prompt.passages)


def respond(prompt: Prompt) -> Answer:
    """Answer a prompt: the tool that the question names, else the sentence that fits the question best."""
    tokens = input_tokens(prompt)
    call = _tool_call(prompt)
    if call is not None:
        return Answer("", Finish.TOOL_CALL, tokens, count_tokens(call.name + call.arguments_json), call)
    text, finish = _cut(_read(prompt), prompt.max_tokens)
    return Answer(text, finish, tokens, count_tokens(text))


def _read(prompt: Prompt) -> str:
    asked = prompt.asked_at
    question = prompt.passages[asked].text if asked >= 0 else ""
    others = [p.text for i, p in enumerate(prompt.passages) if i != asked and p.role is not Role.SYSTEM]
    return reader.answer(others, question)


def _cut(text: str, max_tokens: int | None) -> tuple[str, Finish]:
    if max_tokens is None or count_tokens(text) <= max_tokens:
        return text, Finish.STOP
    head = text.encode("utf-8", "surrogatepass")[: max_tokens * BYTES_PER_TOKEN]
    return head.decode("utf-8", "ignore"), Finish.LENGTH


def _tool_call(prompt: Prompt) -> ToolCall | None:
    """Call the tool that the last user text names, unless its result is there already."""
    asked = prompt.asked_at
    if asked < 0 or any(p.role is Role.TOOL for p in prompt.passages[asked:]):
        return None
    question = reader.split_question(prompt.passages[asked].text)[1]
    named = [t for t in prompt.tools if re.search(rf"\b{re.escape(t.name)}\b", question)]
    return ToolCall(named[0].name, _arguments(named[0].parameters, question)) if named else None


def _arguments(schema: Json, question: str) -> Json:
    """Fill the required arguments (or all, if none is) by type; texts get the question."""
    properties: Json = schema.get("properties") or {}
    names = schema.get("required") or list(properties)
    number = re.search(r"\d+", question)
    values = {"integer": int(number[0]) if number else 1, "number": float(number[0]) if number else 1.0}
    by_type: Json = {**values, "boolean": True, "array": [], "object": {}}
    return {name: by_type.get(str(properties.get(name, {}).get("type")).lower(), question) for name in names}
