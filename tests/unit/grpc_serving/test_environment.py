"""Complaints about an environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpc_serving.environment import SettingsError, unknown_variables, variable_name

FIELDS = ("address", "metrics_port", "tls_cert_file")

INJECTED = [
    "SERVICE_HOST",
    "SERVICE_PORT",
    "SERVICE_PORT_GRPC",
    "PORT",
    "PORT_50051_TCP",
    "PORT_50051_TCP_ADDR",
    "PORT_50051_TCP_PORT",
    "PORT_50051_TCP_PROTO",
    "REDIS_SERVICE_HOST",
    "REDIS_PORT_6379_TCP",
    "METRICS_PORT_9101_TCP_ADDR",
]


@pytest.mark.parametrize("rest", INJECTED)
def test_what_kubernetes_injects_is_let_pass(rest: str) -> None:
    """Variables that a Service of a similar name puts into the pod are no mistake of the operator."""
    assert unknown_variables({f"PITH_X_{rest}": "tcp://10.0.0.1:1"}, prefix="PITH_X_", fields=FIELDS) == []


@pytest.mark.parametrize("rest", ["ADRESS", "TLS_CERT", "SERVICE", "PORTS", "PORT_TCP", "SERVICE_HOSTS", ""])
def test_other_unknown_names_are_not(rest: str) -> None:
    """A name that only looks similar is refused."""
    [line] = unknown_variables({f"PITH_X_{rest}": "1"}, prefix="PITH_X_", fields=FIELDS)
    assert line.startswith(f"PITH_X_{rest}: no such setting")


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,30}", fullmatch=True), st.text(max_size=5), max_size=10))
def test_foreign_variables_and_fields_are_never_named(env: dict[str, str]) -> None:
    """Only names with our prefix can be complained about, and a field never is."""
    ours = {variable_name("PITH_X_", field): "1" for field in FIELDS}
    foreign = {name: value for name, value in env.items() if not name.startswith("PITH_X_")}
    assert unknown_variables(foreign | ours, prefix="PITH_X_", fields=FIELDS) == []


def test_names_are_compared_without_case() -> None:
    """A variable in small letters sets a field as well, so it is known."""
    assert unknown_variables({"pith_x_address": "1"}, prefix="PITH_X_", fields=FIELDS) == []


def test_an_error_keeps_its_lines() -> None:
    """The lines can be shown one by one."""
    error = SettingsError(["A: wrong", "B: missing"])
    assert error.lines == ("A: wrong", "B: missing")
    assert str(error) == "A: wrong\nB: missing"
