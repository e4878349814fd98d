"""The command `pith compress`: one text before and after, with what was dropped struck through."""

import asyncio
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import grpc
import typer
from rich.console import Console

from pith_cli import stack_file
from pith_cli.bench.servers import compressor_service
from pith_cli.clients import Compressed, CompressorClient, Options, Text
from pith_cli.compress_view import marked, protected_table, receipt, stages, summary
from pith_cli.terminal import make_console
from pith_cli.up.processes import ChildError

# Nobody waits for a command as for a chat: no engine is traded for a quicker one.
_BUDGET_MS = 60_000.0
_TIMEOUT_S = 70.0
_ASKS_NOTHING = "SKIP_REASON_QUESTION"


class Profile(StrEnum):
    """How far compression may go."""

    OFF = "off"
    LOSSLESS = "lossless"
    SAFE = "safe"
    BALANCED = "balanced"
    MAX = "max"


@dataclass(frozen=True)
class Job:
    """A text, the question that it is to answer, and how to compress it."""

    text: str
    question: str
    options: Options


def compress(  # noqa: PLR0913  -- one a flag
    file: Annotated[Path | None, typer.Argument(help="A text file; without it, standard input.")] = None,
    *,
    question: Annotated[str, typer.Option(help="The question that the text is to answer.")] = "",
    rate: Annotated[float | None, typer.Option(help="Keep at most this share of the tokens, in (0, 1].")] = None,
    profile: Annotated[Profile | None, typer.Option(help="How far to go; without it, the service decides.")] = None,
    engine: Annotated[str, typer.Option(help="The engine; without it, the service chooses.")] = "",
    model: Annotated[str, typer.Option(help="The model that counts the tokens.")] = "gpt-4o",
    only_result: Annotated[bool, typer.Option("--only-result", help="Print nothing but the shorter text.")] = False,
    json: Annotated[Path | None, typer.Option(help="Write the whole receipt here; - is standard output.")] = None,
    address: Annotated[
        str, typer.Option(help="host:port of the compressor; default: the stack started last, else one is started.")
    ] = "",
) -> None:
    """Compress one text and show what was dropped."""
    options = Options(model=model, rate=rate, engine=engine, profile=profile or "", budget_ms=_BUDGET_MS, spans=True)
    # Who names a rate or an engine wants to see it work, however short the text.
    options = replace(options, min_tokens=0 if rate is not None or engine else None)
    job = Job(read_text(file), question, options)
    result = _answer(job, address)
    written = receipt(job.text, question, result) + "\n"
    if json and str(json) != "-":
        json.parent.mkdir(parents=True, exist_ok=True)
        json.write_text(written, encoding="utf-8")
    if json and str(json) == "-":
        sys.stdout.write(written)
    elif only_result:
        sys.stdout.write(result.texts[0].text)
    else:
        _show(job.text, result)


def read_text(file: Path | None) -> str:
    """Read the text to compress; refuse what is not UTF-8."""
    try:
        data = file.read_bytes() if file else sys.stdin.buffer.read()
        # Not read_text: it would make \n of every other line end.
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"cannot read {file or 'standard input'}: {error}") from None


def _show(text: str, result: Compressed) -> None:
    console = make_console()
    console.print(marked(text, result.texts[0], styled=console.is_terminal), soft_wrap=True)
    console.print(summary(result), style="bold", markup=False)
    if result.protected:
        console.print(protected_table(result.protected))
    console.print(stages(result), style="dim", markup=False)
    for warning in result.warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False)


def _answer(job: Job, address: str) -> Compressed:
    errors = Console(stderr=True)
    target = address or stack_file.read().compressor
    try:
        return asyncio.run(_ask(target, job))
    except grpc.aio.AioRpcError as error:
        if address or error.code() is not grpc.StatusCode.UNAVAILABLE:
            errors.print(f"compressor at {target}: {error.code().name}: {error.details()}", markup=False)
            raise typer.Exit(1) from None
    errors.print(f"no compressor at {target}: started one for this text", style="dim", markup=False)
    try:
        return asyncio.run(_start_and_ask(job))
    except ChildError as error:
        errors.print(f"{error}; its log ends:\n{error.tail}", style="red", markup=False)
    except grpc.aio.AioRpcError as error:
        errors.print(f"compressor: {error.code().name}: {error.details()}", markup=False)
    raise typer.Exit(1)


async def _start_and_ask(job: Job) -> Compressed:
    async with compressor_service() as started:
        return await _ask(started.address, job)


async def _ask(address: str, job: Job) -> Compressed:
    """Send the text with its question, or as it is; what asks nothing is sent as a tool's result, which is cut blind."""
    async with CompressorClient(address, timeout_s=_TIMEOUT_S) as client:
        if job.question:
            texts = [Text("user", job.text, query=job.question), Text("user", job.question)]
            return await client.compress(texts, job.options)
        result = await client.compress([Text("user", job.text)], job.options)
        if result.texts[0].skip_reason == _ASKS_NOTHING:
            return await client.compress([Text("tool", job.text)], job.options)
        return result
