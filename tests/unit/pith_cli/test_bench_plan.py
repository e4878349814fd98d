"""Tests of what a bench is asked to measure."""

import pytest
import typer

from pith_cli.bench.plan import Plan, echo, read_numbers


class Counting:
    """Counts empty calls."""

    def __init__(self) -> None:
        self.calls = 0

    async def echo(self, _: object = None) -> None:
        """Count."""
        self.calls += 1


def test_no_more_is_prepared_than_can_be_used() -> None:
    """A thousand calls a second at most, and never fewer than a figure needs."""
    assert Plan(seconds=0.05).calls == 50
    assert Plan(seconds=0.001).calls == 30
    assert Plan(seconds=5, max_calls=300).calls == 300


async def test_an_empty_call_is_the_yardstick() -> None:
    """Callers make as many as fit the time."""
    steps: list[str] = []
    client = Counting()
    found = await echo(client, Plan(seconds=0.05, on_step=steps.append), 2)
    assert (found["name"], found["params"], found["figures"]) == ("echo", {"callers": 2}, {})
    assert client.calls >= found["n"] > 10
    assert steps == ["echo, callers 2"]


def test_numbers_are_read_and_checked() -> None:
    """None at all is allowed: then the defaults hold."""
    assert read_numbers("1,32", "--callers") == (1, 32)
    assert read_numbers("", "--callers") == ()
    for wrong in ("x", "1,,2", "0", "-1", "1.5"):
        with pytest.raises(typer.BadParameter):
            read_numbers(wrong, "--callers")
