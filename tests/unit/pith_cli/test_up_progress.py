"""Tests of showing how far a start is."""

import io

from rich.console import Console

from pith_cli.up.processes import ProcessSpec
from pith_cli.up.progress import StartProgress


async def _never() -> bool:
    return False


_SPECS = [ProcessSpec(name, [], {}, _never, 1.0, where=f"at {name}") for name in ("cache-service", "litellm")]


def test_a_log_gets_a_line_for_each_process_that_is_ready() -> None:
    """Nothing is redrawn where there is no terminal."""
    out = io.StringIO()
    with StartProgress(Console(file=out, width=80), _SPECS) as progress:
        progress.ready("litellm")
    assert out.getvalue().startswith("litellm              ready after 0.0 s  at litellm")
    assert "cache-service" not in out.getvalue()


def test_a_terminal_gets_a_table_that_changes() -> None:
    """The last picture shows who is ready and who is not."""
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    with StartProgress(console, _SPECS) as progress:
        progress.ready("litellm")
    last = [line for line in out.getvalue().splitlines() if " at " in line][-2:]
    assert any("ready" in line and "litellm" in line for line in last)
    assert any("ready" not in line and "cache-service" in line for line in last)
