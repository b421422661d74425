"""``clinnote``: one verb a job. Messages name files, lines and counts, never note text."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click

from clinnote import __version__, logs
from clinnote.errors import ClinnoteError

VERBS: Final = {
    "demo": "clinnote.cli.demo:demo",
    "tag": "clinnote.cli.tag:tag",
    "images": "clinnote.cli.images:images",
    "check": "clinnote.cli.check:check",
    "evaluate": "clinnote.cli.evaluate:evaluate",
    "vocab": "clinnote.cli.vocab:vocab",
    "ontology": "clinnote.cli.ontology:ontology",
    "guideline": "clinnote.cli.guideline:guideline",
    "studio": "clinnote.cli.studio:studio",
    "push": "clinnote.cli.push_pull:push",
    "pull": "clinnote.cli.push_pull:pull",
    "schema": "clinnote.cli.schema:schema",
}
"""Verb -> command. A verb's module is loaded only when it is used, so that ``--help`` answers at once."""

EXIT_UNREADABLE: Final = 2


class _ReaderGone(Exception):  # noqa: N818 (no error: "| head" has seen enough)
    """The reader of a pipe has closed it; not an OSError, which click would turn into exit code 1 (problems found)."""


class _Verbs(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (same)
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="clinnote")
@click.option("-v", "--verbose", is_flag=True, help="Say more about what is done.")
def cli(verbose: bool) -> None:
    """Clinical annotation that can be trusted.

    Pre-tag notes, put them before clinicians in Label Studio, and cross-check report text against image labels.
    Start with: clinnote demo
    """
    logs.configure(verbose)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit code 0 done, 1 done and problems were found, 2 bad usage or unreadable input."""
    try:
        code = cli.main(args=arguments, prog_name="clinnote", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = EXIT_UNREADABLE
    except click.Abort:
        click.echo("clinnote: interrupted; finished outputs are kept, unfinished ones removed", err=True)
        click.echo(
            "  ('tag', 'check' of raw notes and 'images' keep what is done: the same command goes on)",
            err=True,
        )
        code = 130
    except _ReaderGone:
        # what is still in Python's buffer has no reader either; flushing it at exit would complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except ClinnoteError as error:
        click.echo(f"clinnote: {error}", err=True)
        code = EXIT_UNREADABLE
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or type(error).__name__
        click.echo(f"clinnote: {place}{reason}; unfinished outputs were removed", err=True)
        code = EXIT_UNREADABLE
    except Exception as error:  # noqa: BLE001 (an unforeseen message may quote a note: only the place is shown)
        click.echo(f"clinnote: internal error {type(error).__name__} at {_place(error)}", err=True)
        click.echo("  the message is withheld because it may quote a note; please report the line above", err=True)
        code = EXIT_UNREADABLE
    sys.exit(code if isinstance(code, int) else 0)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "clinnote" in f.filename] or frames
    return f"{own[-1].filename.rsplit('/', 1)[-1]}:{own[-1].lineno}" if own else "unknown place"


if __name__ == "__main__":
    main()
