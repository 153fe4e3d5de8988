"""The command line: a thin skin over `study`, one module a command.

Progress goes to stderr, the answer to stdout. Exit code 0 means success, 2 that an input cannot
be used, 1 that walkshed itself failed, 3 that something in what was done is to be looked at, 130
that Ctrl-C and 143 that the system ended it.
"""

import io
import sys

import typer

from ..errors import InputError, WalkshedError
from .answer import answer
from .batch import batch, cache
from .compare import compare
from .doctor import doctor
from .fetch import fetch
from .network import network
from .posts import posts_app
from .report import report
from .rerun import rerun
from .run import run
from .site import site
from .stopping import Stopped, stopped_by_signals

__all__ = ["answer", "app", "main"]

app = typer.Typer(
    name="walkshed",
    help="Who can walk to a police post, who cannot, and where the next posts should stand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(run)
app.command()(batch)
app.command()(site)
app.command()(rerun)
app.command()(report)
app.command()(compare)
app.command()(fetch)
app.add_typer(posts_app, name="posts")
app.command()(doctor)
app.command()(network)
app.command()(cache)


def main() -> None:
    """Run the command line and end with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a code page may lack Kazakh letters
            stream.reconfigure(errors="replace")
    if sys.getfilesystemencoding() == "ascii":
        typer.echo(
            "walkshed: this locale knows no letters but English ones, and files named with others "
            "are not found; set PYTHONUTF8=1",
            err=True,
        )
    try:
        with stopped_by_signals():
            app()
    except Stopped as stopped:
        typer.echo("walkshed: stopped; nothing is half-written", err=True)
        sys.exit(stopped.code)
    except WalkshedError as error:
        typer.echo(f"walkshed: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)
