"""``clinnote studio``: a local Label Studio to try things with."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clinnote.cli.options import PATH
from clinnote.settings import find_home

if TYPE_CHECKING:
    from clinnote.labelstudio.studio import StudioInfo


def _default_folder() -> Path:
    from clinnote.labelstudio.studio import default_folder

    return default_folder(os.environ)


_FOLDER = click.option(
    "--folder",
    type=PATH,
    default=_default_folder,
    show_default="CLINNOTE_STUDIO or ~/.local/share/clinnote/studio",
    help="Where the server and its data live.",
)
_EXIT_DOWN = 1


@click.group()
def studio() -> None:
    """A Label Studio server on this machine, for trying things: it listens on 127.0.0.1 alone.

    It is installed in a virtual environment of its own on first use (about 1 GB). Password and token are made at
    random and kept in studio.json, readable by you alone.
    """


@studio.command(epilog="Example: clinnote studio up")
@_FOLDER
@click.option("--port", type=click.IntRange(1024, 65535), help="Port; default: that of last time, or a free one.")
def up(folder: Path, port: int | None) -> None:
    """Install (on first use) and start the server, and wait until it answers."""
    from clinnote.labelstudio.config import load_config
    from clinnote.labelstudio.studio import studio_up

    config = load_config(find_home().configs).studio
    info = studio_up(folder, config, port, say=lambda line: click.echo(line, err=True))
    click.echo("Label Studio is up" if info.started_now else "Label Studio is already running")
    _show(info)
    click.echo("Now: clinnote push TAGGED.jsonl --project TITLE      Later: clinnote studio down")


@studio.command(epilog="Example: clinnote studio down")
@_FOLDER
def down(folder: Path) -> None:
    """Stop the server that 'up' started; its projects stay."""
    from clinnote.labelstudio.studio import studio_down

    click.echo("Label Studio is stopped; its data stay" if studio_down(folder) else "Label Studio was not running")


@studio.command(epilog="Example: clinnote studio status")
@_FOLDER
def status(folder: Path) -> None:
    """Say whether the server runs, and where. Exit code 1 when it does not."""
    from clinnote.labelstudio.studio import studio_status

    info = studio_status(folder)
    if info is None or not info.running:
        click.echo("Label Studio is not running; start it with: clinnote studio up")
        sys.exit(_EXIT_DOWN)
    click.echo("Label Studio is running")
    _show(info)


def _show(info: "StudioInfo") -> None:
    click.echo(f"  address   {info.url}")
    click.echo(f"  user      {info.username}")
    click.echo(f"  password  in {info.folder / 'studio.json'}")
