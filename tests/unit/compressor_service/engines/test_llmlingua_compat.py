"""The compatibility mode beside the library: the same output, option by option."""

from pathlib import Path
from typing import Any

import pytest

from compressor_service.engines.llmlingua_compat import CompatCompressor, chunk_bounds, load_compat
from compressor_service.engines.llmlingua_reference import load_library
from compressor_service.engines.options import EngineOptions
from pith_cli.bench.peers_parity import compare
from pith_cli.bench.peers_texts import texts


@pytest.fixture(scope="module")
def library(tiny: Path) -> Any:
    """The library itself."""
    return load_library(EngineOptions(model=str(tiny), device="cpu", threads=1))


@pytest.fixture(scope="module")
def ours(tiny: Path) -> CompatCompressor:
    """Our implementation on the same weights."""
    return load_compat(EngineOptions(model=str(tiny), device="cpu", precision="float32", threads=1))


def test_output_is_the_librarys_for_all_options(library: Any, ours: CompatCompressor) -> None:
    """Every field of every result; a few texts here, 300 in `make bench-peers`."""
    parity = compare(library.compress_prompt, ours.compress_prompt, texts(10, seed=3))
    assert parity.different == []
    assert parity.calls == 240
    assert parity.refused == 0


@pytest.mark.parametrize(
    ("context", "options"),
    [
        ("The account 😀 [SEP] board </s> [PAD] ##s ▁a [NEW3].", {"return_word_label": True}),
        ("", {}),
        ("", {"target_token": 5}),
        ([], {}),
        (["", "The plan"], {}),
        (["", "The plan"], {"use_context_level_filter": False}),
        ("😀 😀", {}),
        ("The plan", {"rate": 0.0}),
        ("The plan", {"rate": 2.0}),
        ("The plan", {"rate": 0.5, "token_to_word": "max"}),
        ("The plan " * 400, {"chunk_end_tokens": []}),
        ("x" * 3000, {"rate": 0.6}),
        ("The plan.\nThe plan.\n\n\nThe plan.", {"force_tokens": ["\n", "\n\n"], "drop_consecutive": True}),
        ("The plan of the plan", {"force_tokens": [""], "rate": 0.4}),
    ],
)
def test_odd_input_comes_out_alike_or_is_refused_by_both(
    library: Any, ours: CompatCompressor, context: str | list[str], options: dict[str, Any]
) -> None:
    """Nothing, only unknown characters, rates that make no sense, marks of the tokenizer itself."""
    try:
        expected = library.compress_prompt(context, **options)
    except (ValueError, IndexError, ZeroDivisionError, NotImplementedError):
        with pytest.raises(ValueError, match=r"context|rate|target_token|token_to_word"):
            ours.compress_prompt(context, **options)
    else:
        assert ours.compress_prompt(context, **options) == expected


def test_unknown_options_are_refused(ours: CompatCompressor) -> None:
    """A misspelt name is not ignored."""
    with pytest.raises(TypeError, match="ratio"):
        ours.compress_prompt("The plan", ratio=0.5)


def test_chunks_end_after_the_last_end_that_fits() -> None:
    """Without one they are one token longer than the window, as the library's are."""
    tokens = ["a"] * 600
    assert list(chunk_bounds(tokens, {"."})) == [(0, 511), (511, 600)]
    tokens[300] = tokens[400] = "."
    assert list(chunk_bounds(tokens, {"."})) == [(0, 401), (401, 600)]
    assert list(chunk_bounds(tokens[:511], {"."})) == [(0, 401), (401, 511)]
    assert list(chunk_bounds(tokens[:510], {"."})) == [(0, 510)]
    assert list(chunk_bounds([], {"."})) == []
