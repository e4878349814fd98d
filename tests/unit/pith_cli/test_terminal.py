"""Tests of the console."""

from pith_cli.terminal import make_console


def test_what_is_piped_is_wide_enough_for_a_table() -> None:
    """A log is not cut at 80 columns."""
    console = make_console()
    assert console.is_terminal or console.width >= 120
