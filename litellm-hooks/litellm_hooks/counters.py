"""Counts what the hooks decided, and shows the counts as Prometheus text."""

import asyncio
import logging
from collections.abc import Mapping

_MAX_SERIES = 500  # label values come from closed sets; this only guards against a mistake
_PORTS_TRIED = 64
log = logging.getLogger(__name__)


class Counters:
    """Counters of one worker; touched from its event loop only."""

    def __init__(self) -> None:
        self._values: dict[str, float] = {}

    def add(self, name: str, labels: Mapping[str, str] | None = None, *, amount: float = 1) -> None:
        """Add to one series of a counter."""
        series = f"pith_hooks_{name}"
        if labels:
            series += "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"
        if series in self._values or len(self._values) < _MAX_SERIES:
            self._values[series] = self._values.get(series, 0) + amount

    def decided(self, name: str, decision: str) -> None:
        """Count a decision word such as `bypass;timeout` as outcome and reason."""
        outcome, _, reason = decision.partition(";")
        self.add(name, {"outcome": outcome, "reason": reason})

    def snapshot(self) -> dict[str, float]:
        """All series with their values."""
        return dict(self._values)

    def render(self) -> str:
        """All series in the Prometheus text format."""
        lines: list[str] = []
        previous = ""
        for series in sorted(self._values):
            name = series.partition("{")[0]
            if name != previous:
                lines.append(f"# TYPE {name} counter")
                previous = name
            lines.append(f"{series} {self._values[series]:g}")
        return "\n".join(lines) + "\n"


async def serve(counters: Counters, port: int, *, host: str = "127.0.0.1") -> asyncio.Server | None:
    """Answer any request with the counts; take the next free port where another worker has this one."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n\r\n")
                body = counters.render().encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    for candidate in range(port, port + _PORTS_TRIED) if port else ():
        try:
            server = await asyncio.start_server(answer, host, candidate)
        except OSError:
            continue
        log.info("pith hooks: counters on %s:%d", host, candidate)
        return server
    return None
