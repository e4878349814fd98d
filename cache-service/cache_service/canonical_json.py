"""Reads JSON without losing a digit, and writes one text for one value; pure."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

PLAIN = re.compile(r"-?(0|[1-9]\d{0,14})")

_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii


class NotAnObject(ValueError):  # noqa: N818  # named for what is wrong
    """The bytes are not one JSON object in UTF-8; the message says why."""


def read_object(raw: bytes) -> dict[str, Any]:
    """A JSON object with every number as a Decimal; of two equal names the last one counts, as for any JSON reader."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise NotAnObject("is not valid UTF-8") from error
    except RecursionError as error:
        raise NotAnObject("is nested too deeply") from error
    except (ValueError, InvalidOperation) as error:
        raise NotAnObject("is not valid JSON") from error
    if not isinstance(value, dict):
        raise NotAnObject("must be a JSON object")
    return value


def canonical_json(value: Any) -> str:
    """One text for one value: keys sorted, numbers by value, no white space; null stays null."""
    return "".join(_written(value))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _written(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield _quoted(value)
    elif isinstance(value, dict):
        yield "{"
        for name in sorted(value):
            yield f"{_quoted(name)}:"
            yield from _written(value[name])
            yield ","
        yield "}"
    elif isinstance(value, list):
        yield "["
        for item in value:
            yield from _written(item)
            yield ","
        yield "]"
    else:
        yield _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(str(value))


def _number(text: str) -> str:
    """One text for one number: 1, 1.0 and 1e0 are the same; no digit is ever rounded away."""
    if PLAIN.fullmatch(text):
        return "0" if text == "-0" else text
    sign, digits, exponent = Decimal(text).as_tuple()
    written = "".join(map(str, digits)).lstrip("0")
    shortened = written.rstrip("0")
    power = int(exponent) + len(written) - len(shortened)
    if not shortened:
        return "0"
    whole = f"{'-' if sign else ''}{shortened}{'0' * power}" if 0 <= power <= 15 else ""
    return whole if PLAIN.fullmatch(whole) else f"{'-' if sign else ''}{shortened}e{power}"
