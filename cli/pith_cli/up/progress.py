"""Shows how far the start of a stack is: one line per process."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pith_cli.up.processes import ProcessSpec


class StartProgress:
    """A live table on a terminal; one line per process that is ready elsewhere."""

    def __init__(self, console: Console, specs: Sequence[ProcessSpec]) -> None:
        self._console = console
        self._specs = {spec.name: spec for spec in specs}
        self._ready_s: dict[str, float] = {}
        self._started = time.monotonic()
        self._live = Live(get_renderable=self._table, console=console, refresh_per_second=8)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def ready(self, name: str) -> None:
        """Mark a process as ready."""
        self._ready_s[name] = time.monotonic() - self._started
        if not self._console.is_terminal:
            where = self._specs[name].where
            self._console.print(f"{name:<20} ready after {self._ready_s[name]:.1f} s  {where}", soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, spec in self._specs.items():
            table.add_row(self._mark(name), name, Text(spec.where, style="dim"))
        return table

    def _mark(self, name: str) -> RenderableType:
        if name in self._ready_s:
            return Text(f"ready {self._ready_s[name]:5.1f} s", style="green")
        return Spinner("dots", f"{time.monotonic() - self._started:5.1f} s")
