"""``clinnote demo``: the whole main job, on bundled data."""

from pathlib import Path

import click

from clinnote.cli.options import PATH, now
from clinnote.settings import find_home


@click.command(epilog="Example: clinnote demo --out demo-out")
@click.option("--out", type=PATH, default=Path("demo-out"), show_default=True, help="Folder for the results.")
def demo(out: Path) -> None:
    """Run the whole main job on bundled synthetic studies: no server, no network.

    Tags the notes, reads the image labels, compares them, and writes an HTML report, JSON Lines and Parquet.
    """
    from clinnote.cli.check import describe
    from clinnote.model.conflict import SEVERITIES
    from clinnote.workflow.demo import run_demo

    result = run_demo(find_home(), out, now())
    click.echo(f"tagged     {result.tagged.notes} notes, {result.tagged.mentions} mentions")
    click.echo(f"labels     {result.images.labels} image labels, {result.images.sided} with a side")
    lines = describe(result.checked).split("\n")
    click.echo("checked    " + "\n           ".join(lines))
    click.echo()
    click.echo(f"{'severity':10}{'kind':22}what")
    for conflict in sorted(result.checked.conflicts, key=lambda c: (SEVERITIES.index(c.severity), c.kind)):
        click.echo(f"{conflict.severity:10}{conflict.kind:22}{conflict.explanation}")
    click.echo()
    click.echo(f"report     {result.report.resolve()}")
