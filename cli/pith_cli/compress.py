"""The command `pith compress`: one text before and after, with what was dropped struck through."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import grpc
import typer
from rich.console import Console
from rich.text import Text as Styled

from pith_cli import stack_file
from pith_cli.clients import Compressed, CompressedText, CompressorClient, Options, Text
from pith_cli.receipts import pieces
from pith_cli.terminal import make_console

_DROPPED = "strike red"
# Where nothing can be struck through, the marks of a word diff.
_MARKS = "[-{}-]"


def compress(
    file: Annotated[Path | None, typer.Argument(help="A text file; without it, standard input.")] = None,
    *,
    question: Annotated[str, typer.Option(help="The question that the text is to answer.")] = "",
    rate: Annotated[float | None, typer.Option(help="Keep at most this share of the tokens, in (0, 1].")] = None,
    model: Annotated[str, typer.Option(help="The model that counts the tokens.")] = "gpt-4o",
    only_result: Annotated[bool, typer.Option("--only-result", help="Print nothing but the shorter text.")] = False,
    address: Annotated[str, typer.Option(help="host:port of the compressor; default: the stack started last.")] = "",
) -> None:
    """Compress one text and show what was dropped."""
    text = read_text(file)
    target = address or stack_file.read().compressor
    options = Options(model=model, rate=rate, spans=True)
    try:
        result = asyncio.run(_ask(target, text, question=question, options=options))
    except grpc.aio.AioRpcError as error:
        Console(stderr=True).print(f"compressor at {target}: {error.code().name}: {error.details()}", markup=False)
        raise typer.Exit(1) from None
    if only_result:
        sys.stdout.write(result.texts[0].text)
        return
    console = make_console()
    console.print(marked(text, result.texts[0], styled=console.is_terminal), soft_wrap=True)
    console.print(summary(result), style="bold", markup=False)


def read_text(file: Path | None) -> str:
    """Read the text to compress; refuse what is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8") if file else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"cannot read {file}: {error}") from None


def marked(text: str, result: CompressedText, *, styled: bool) -> Styled:
    """Return the original with what was dropped struck through, or in brackets where there are no styles."""
    shown = Styled()
    for piece, kept in pieces(text, result.spans):
        shown.append(piece if kept or styled else _MARKS.format(piece), style="" if kept else _DROPPED)
    return shown


def summary(result: Compressed) -> str:
    """Say in one line what became of the text, or why nothing did."""
    first = result.texts[0]
    if not first.changed:
        return f"\nunchanged: {first.skip_reason.removeprefix('SKIP_REASON_').lower() or 'nothing to drop'}"
    ratio = result.eligible_before / max(1, result.eligible_after)
    counts = f"{result.eligible_before} -> {result.eligible_after} tokens ({ratio:.1f}x)"
    return f"\n{counts} by {result.engine} in {result.total_ms:.1f} ms"


async def _ask(address: str, text: str, *, question: str, options: Options) -> Compressed:
    asked = [Text("user", question)] if question else []
    async with CompressorClient(address) as client:
        return await client.compress([Text("user", text, query=question), *asked], options)
