"""Makes a service observable: log lines as JSON through the standard library, metrics over HTTP."""

import json
import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from prometheus_client import start_http_server
from structlog.typing import Processor

from grpc_serving.environment import SettingsError
from grpc_serving.settings import ServingSettings

MAX_FIELD_CHARS = 200

STAMPS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


_encoder = json.JSONEncoder(ensure_ascii=False, default=repr)


class _Lines:
    """Writes the finished lines of one of our loggers; the standard library's way there takes twice the time."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        """Writes a line at once."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    debug = info = warning = error = critical = msg


def configure_logging(settings: ServingSettings) -> None:
    """Sends our lines and those of the libraries to standard error in one format."""
    stream = sys.stderr
    structlog.configure(
        processors=[*STAMPS, *_rendering(settings.log_format)],
        logger_factory=lambda *names: _Lines(stream, *names),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(STAMPS),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings.log_format)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    logging.captureWarnings(capture=True)


def _rendering(log_format: str) -> list[Processor]:
    if log_format == "console":
        # The default traceback for people prints the local variables, and with them requests.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, _json_line]


def _json_line(logger: object, method: str, event: MutableMapping[str, Any]) -> str:  # noqa: ARG001
    return _encoder.encode(event)


def request_log(**fields: str | float | bool | None) -> None:
    """Adds fields such as request_id, tenant_id and the decision to the current call's line; None is left out."""
    known = {name: value for name, value in fields.items() if value is not None and value != ""}
    short = {name: value[:MAX_FIELD_CHARS] if isinstance(value, str) else value for name, value in known.items()}
    structlog.contextvars.bind_contextvars(**short)


@contextmanager
def start_metrics(port: int, host: str = "127.0.0.1") -> Iterator[int]:
    """Serves the metrics on a port for the length of the block; 0 is off."""
    if not port:
        yield 0
        return
    try:
        server, thread = start_http_server(port, host)
    except OSError as error:
        raise SettingsError([f"metrics port {port}: {error.strerror or error}"]) from error
    try:
        yield port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
