"""``clinnote guideline``: the versioned guideline and what is made from it."""

from typing import TYPE_CHECKING

import click

from clinnote.settings import DEFAULT_GUIDELINE, find_home

if TYPE_CHECKING:
    from clinnote.ontology.guideline import Guideline

_FILE = click.argument("file", default=DEFAULT_GUIDELINE)


def _load(file: str) -> "Guideline":
    from clinnote.workflow.label_studio import find_guideline

    return find_guideline(file, find_home())


@click.group()
def guideline() -> None:
    """The annotation guideline: labels, attributes, and the screen made from them.

    FILE is a TOML file, or the name of a guideline that comes with clinnote (default: clinical).
    """


@guideline.command(epilog="Example: clinnote guideline show")
@_FILE
def show(file: str) -> None:
    """Labels and attributes with their descriptions and examples."""
    rules = _load(file)
    click.echo(f"{rules.name} {rules.version}: {rules.description}\n\nLabels")
    for label in rules.labels:
        click.echo(f"  [{label.hotkey}] {label.name:<11} {label.description}\n      {'':<11} {label.example}")
    click.echo("\nAttributes")
    for attribute in rules.attributes:
        click.echo(f"  {attribute.name:<12} {attribute.description}")
        click.echo(f"  {'':<12} {' · '.join(attribute.values)}")
        click.echo(f"  {'':<12} asked for {', '.join(attribute.labels)}")


@guideline.command(epilog="Example: clinnote guideline check my_guideline.toml")
@_FILE
def check(file: str) -> None:
    """Prove a guideline: keys, values, hotkeys, and the labelling interface made from it."""
    from clinnote.labelstudio.config_xml import labeling_config
    from clinnote.labelstudio.sdk_check import check_interface, sdk_installed

    rules = _load(file)
    config = labeling_config(rules)
    proof = "the interface was not checked, because label-studio-sdk is not installed"
    if sdk_installed():
        check_interface(config)
        proof = "label-studio-sdk accepts its interface"
    click.echo(f"{rules.id}: {len(rules.labels)} labels, {len(rules.attributes)} attributes; {proof}")


@guideline.command(epilog="Example: clinnote guideline labelconfig > interface.xml")
@_FILE
def labelconfig(file: str) -> None:
    """The labelling interface for Label Studio (XML), as push sets it up."""
    from clinnote.labelstudio.config_xml import labeling_config

    click.echo(labeling_config(_load(file)), nl=False)
