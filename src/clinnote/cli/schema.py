"""``clinnote schema``: the JSON Schema of a record."""

import json

import click

from clinnote.model.schema import RECORDS, json_schema


@click.command(epilog="Example: clinnote schema mention")
@click.argument("name", type=click.Choice(list(RECORDS)))
def schema(name: str) -> None:
    """Print the JSON Schema of one record of the contract."""
    click.echo(json.dumps(json_schema(name), indent=2))
