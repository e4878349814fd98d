"""Makes the console that all commands print to."""

from rich.console import Console

# What is piped into a file or a CI log has no width of its own.
_WIDTH_ELSEWHERE = 132


def make_console() -> Console:
    """Return a console as wide as the terminal, or wide enough for a table where there is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_ELSEWHERE)
