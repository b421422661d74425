"""``clinnote ontology``: the knowledge tables."""

import sys

import click

from clinnote.settings import find_home


@click.group()
def ontology() -> None:
    """The knowledge tables in ``ontologies/``."""


@ontology.command(epilog="Example: clinnote ontology check")
def check() -> None:
    """Run every rule on the sentence it must fire on and the one it must not; exit code 1 when one fails."""
    from clinnote.pipeline.checks.examples import check_sections, check_times
    from clinnote.pipeline.checks.numbers import check_numbers
    from clinnote.pipeline.checks.predicates import check_predicates
    from clinnote.pipeline.checks.rules import check_rules
    from clinnote.pipeline.checks.senses import check_senses

    home = find_home()
    checks = (check_rules, check_numbers, check_predicates, check_senses, check_sections, check_times)
    failures = [failure for check_table in checks for failure in check_table(home)]
    for failure in failures:
        click.echo(f"{failure.place}: {failure.rule}: {failure.example} example: {failure.message}")
    click.echo(f"{len(failures)} rules fail their examples" if failures else "every rule holds on its examples")
    sys.exit(1 if failures else 0)
