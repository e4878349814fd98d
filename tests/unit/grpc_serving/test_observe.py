"""Log lines and the metrics port."""

import json
import subprocess
import sys
import urllib.request

import pytest
import structlog

from grpc_serving.environment import SettingsError
from grpc_serving.observe import request_log, start_metrics

SCRIPT = """
import logging, structlog, warnings
from fakes_serving import EchoSettings
from grpc_serving.observe import configure_logging, request_log
configure_logging(EchoSettings(log_format={format!r}, log_level={level!r}))
request_log(request_id="r-7", tenant_id=None, outcome="HIT", similarity=0.5)
structlog.get_logger("ours").info("call", method="a/B")
logging.getLogger("theirs").warning("from %s", "grpc")
logging.getLogger("theirs").debug("detail")
warnings.warn("old", stacklevel=1)
try:
    request = "a private prompt"
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("ours").exception("bug")
"""


def logged(log_format: str, level: str = "INFO") -> list[str]:
    """The lines that a process with this configuration writes to standard error."""
    command = [sys.executable, "-c", SCRIPT.format(format=log_format, level=level)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": "tests"})
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_our_lines_and_those_of_libraries_are_json() -> None:
    """Every line is an object with time, level, logger and what the call bound; tracebacks stay in their line."""
    ours, theirs, warning, bug = (json.loads(line) for line in logged("json"))
    assert (ours["event"], ours["method"], ours["level"], ours["logger"]) == ("call", "a/B", "info", "ours")
    assert (ours["request_id"], ours["outcome"], ours["similarity"]) == ("r-7", "HIT", 0.5)
    assert "tenant_id" not in ours
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == ("from grpc", "warning", "r-7")
    assert "old" in warning["event"]
    assert "ZeroDivisionError" in bug["exception"]
    assert ours["timestamp"].endswith("Z")


def test_the_level_holds_for_all() -> None:
    """Below the level nothing is written, neither ours nor theirs."""
    assert len(logged("json", "ERROR")) == 1
    assert len(logged("json", "DEBUG")) == 5


def test_the_console_format_is_for_people() -> None:
    """The other format is text, not JSON, and its tracebacks do not print variables."""
    lines = logged("console")
    assert "call" in lines[0]
    assert not lines[0].startswith("{")
    assert "ZeroDivisionError: division by zero" in lines
    assert "private prompt" not in "".join(lines)


def test_fields_of_a_call_are_bounded() -> None:
    """What a client sends as an id cannot make a line of any length."""
    structlog.contextvars.clear_contextvars()
    request_log(request_id="x" * 5000, tenant_id="")
    assert structlog.contextvars.get_contextvars() == {"request_id": "x" * 200}
    structlog.contextvars.clear_contextvars()


def test_port_0_is_off() -> None:
    """Without a port nothing listens."""
    with start_metrics(0) as port:
        assert port == 0


def test_metrics_are_served_for_the_length_of_the_block(free_port: int) -> None:
    """Inside the block the metrics can be read, after it the port is free."""
    with start_metrics(free_port, "127.0.0.1"):
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics", timeout=5) as reply:
            assert b"python_info" in reply.read()
        with pytest.raises(SettingsError, match=f"metrics port {free_port}"), start_metrics(free_port):
            pass
    with start_metrics(free_port):
        pass
