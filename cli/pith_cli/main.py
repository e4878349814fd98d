"""The command `pith`: one entry for all that an operator does from a shell."""

import os
from typing import Annotated

# Read when grpc is imported: a child that starts while threads of gRPC run must not run its handlers of a fork.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

import typer

from pith_cli import gateway
from pith_cli.bench.command import bench_command
from pith_cli.cache.command import app as cache_app
from pith_cli.compress import compress
from pith_cli.doctor import doctor
from pith_cli.eval.cache_command import cache_command
from pith_cli.eval.command import app as eval_app
from pith_cli.providers import app as stand_ins
from pith_cli.up.command import up_command

app = typer.Typer(
    name="pith",
    help="Prompt compression and semantic caching for LLM traffic.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("up")(up_command)
app.command("compress")(compress)
app.command("bench")(bench_command)
app.command("doctor")(doctor)
eval_app.command("cache")(cache_command)
app.add_typer(gateway.app, name="gateway")
app.add_typer(cache_app, name="cache")
app.add_typer(eval_app, name="eval")


@app.command("providers")
def providers(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = stand_ins.DEFAULT_HOST,
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = stand_ins.DEFAULT_PORT,
) -> None:
    """Run the stand-in providers: OpenAI, Groq, Anthropic and Gemini without keys or models."""
    stand_ins.run(host, port)
