"""``clinnote ontology``: the knowledge tables."""

import sys

import click

from clinnote.pipeline.rule_check import check_rules
from clinnote.settings import find_home


@click.group()
def ontology() -> None:
    """The knowledge tables in ``ontologies/``."""


@ontology.command(epilog="Example: clinnote ontology check")
def check() -> None:
    """Run every rule on the sentence it must fire on and the one it must not; exit code 1 when one fails."""
    report = check_rules(find_home())
    click.echo(f"{report.rules} rules, {report.examples} examples, {len(report.failures)} failures")
    for failure in report.failures:
        click.echo(f"{failure.file}:{failure.line}: {failure.rule}: {failure.problem}")
    sys.exit(1 if report.failures else 0)
