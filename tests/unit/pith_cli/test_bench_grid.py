"""Tests of which scenarios the compressor's bench has."""

from pith_cli.bench.grid import CALLERS, MODES, TOKENS, Cell, default_cells, other_cells
from pith_cli.bench.plan import Plan


def test_every_size_for_one_caller_and_fewer_for_many() -> None:
    """What keeps the cores busy for seconds a call is left to the full run."""
    found = default_cells(Plan())
    assert [cell.tokens for cell in found if cell.callers == 1 and cell.mode == "question"] == list(TOKENS)
    assert Cell(8000, 8, "blind") in found
    assert Cell(2000, 32, "question") in found
    assert Cell(32000, 8, "question") not in found
    assert Cell(4000, 32, "question") not in found
    assert {cell.engine for cell in found} == {""}


def test_the_full_run_has_every_combination() -> None:
    """Of the default engine and of all others."""
    plan = Plan(full=True)
    assert len(default_cells(plan)) == len(TOKENS) * len(CALLERS) * len(MODES)
    assert len(other_cells(plan, ["a"], set())) == len(TOKENS) * len(CALLERS) * len(MODES)


def test_a_plan_can_be_narrowed_down() -> None:
    """What is named is measured, however much it is."""
    plan = Plan(tokens=(32000,), callers=(32,), modes=("blind",), engine="tiny_onnx")
    assert default_cells(plan) == [Cell(32000, 32, "blind", "tiny_onnx")]
    assert other_cells(plan, ["sentences"], set()) == []
    assert other_cells(Plan(tokens=(500,)), ["sentences"], set()) == []
    in_full = other_cells(Plan(tokens=(500,), callers=(8,), full=True), ["lossless"], set())
    assert in_full == [Cell(500, 8, "question", "lossless"), Cell(500, 8, "blind", "lossless")]


def test_no_engine_is_measured_twice() -> None:
    """The default one is known by its replies."""
    found = other_cells(Plan(), ["sentences", "lossless"], {("question", "sentences")})
    assert {(cell.mode, cell.engine) for cell in found} == {
        ("blind", "sentences"),
        ("question", "lossless"),
        ("blind", "lossless"),
    }
    assert {cell.callers for cell in found} == {1}
