"""Reads JSON without losing a digit, and writes one text for one value; pure."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

PLAIN = re.compile(r"-?(0|[1-9]\d{0,14})")
# A decimal of so few characters is told apart from every other by its double.
SHORT = 15

_quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False, allow_nan=False)


class NotAnObject(ValueError):  # noqa: N818  # named for what is wrong
    """The bytes are not one JSON object in UTF-8; the message says why."""


def read_object(raw: bytes) -> dict[str, Any]:
    """A JSON object without a digit lost; of two equal names the last one counts, as for any JSON reader.

    A number is an int if it is whole and short, a float if that holds all of it, else a Decimal.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_float=_real, parse_int=_whole, parse_constant=_no_constant)
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
    try:
        return _encoder.encode(value)
    except TypeError:  # a number that only a Decimal holds; what is written then has commas that no other text has
        return "".join(_written(value))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _whole(text: str) -> int | float | Decimal:
    return int(text) if len(text) <= SHORT else _shortest(Decimal(text))


def _real(text: str) -> int | float | Decimal:
    if len(text) <= SHORT and "e" not in text and "E" not in text:
        number = float(text)
        return int(number) if number.is_integer() else number
    return _shortest(Decimal(text))


def _shortest(number: Decimal) -> int | float | Decimal:
    """The same number in the one type that stands for it."""
    near = float(number)
    if Decimal(repr(near)) != number:
        return number
    return int(near) if near.is_integer() and abs(near) < 10**SHORT else near


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
