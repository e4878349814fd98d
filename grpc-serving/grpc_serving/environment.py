"""Finds what is wrong with an environment and says it in the operator's words."""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

# What Kubernetes puts into every pod of a namespace for a Service whose name begins like our prefix.
INJECTED = re.compile(
    r"(.*_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)", re.IGNORECASE
)
INJECTED_VALUE = re.compile(r"(tcp|udp|sctp)://")


class SettingsError(ValueError):
    """The settings cannot be used; the message has one line per complaint."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def variable_name(prefix: str, field: str) -> str:
    """The environment variable of a field."""
    return f"{prefix}{field}".upper()


def unknown_variables(env: Mapping[str, str], *, prefix: str, fields: Collection[str]) -> list[str]:
    """One line for every variable that has our prefix and sets nothing; names that Kubernetes injects are let pass."""
    if not prefix:
        return []
    known = {variable_name(prefix, field) for field in fields}
    ours = (name for name in sorted(env) if name.upper().startswith(prefix.upper()) and name.upper() not in known)
    return [_unknown(name, known) for name in ours if not INJECTED.fullmatch(name[len(prefix) :])]


def _unknown(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)
    return f"{name}: no such setting" + (f"; did you mean {near[0]}?" if near else "")


def complaints(error: ValidationError, *, prefix: str) -> list[str]:
    """One line for every value that pydantic refused, named by its environment variable."""
    return [_complaint(dict(detail), prefix) for detail in error.errors(include_url=False)]


def parse_complaint(message: str, *, prefix: str) -> str:
    """The line for a list or table that pydantic-settings could not parse; its message names the field in quotes."""
    field = re.search(r'field "(\w+)"', message)
    return f"{variable_name(prefix, field[1])}: must be JSON" if field else message


def _complaint(detail: Mapping[str, Any], prefix: str) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not detail["loc"]:
        return message
    name = variable_name(prefix, str(detail["loc"][0]))
    if detail["type"] == "missing":
        return f"{name}: must be set"
    if isinstance(detail["input"], str) and INJECTED_VALUE.match(detail["input"]):
        message += "; Kubernetes injected this value for a Service: set enableServiceLinks: false in the pod"
    return f"{name}: {message}"
