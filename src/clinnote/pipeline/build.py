"""From a ``.cfg`` file to a pipeline that is complete: unknown keys and unmet requirements are refused."""

import sys
from pathlib import Path
from typing import Any, Final

import spacy
from confection import Config, ConfigValidationError
from spacy.language import Language
from spacy.util import load_config

from clinnote.errors import OntologyError, UsageError
from clinnote.pipeline import medspacy_parts
from clinnote.pipeline.own_stages import pipeline_file
from clinnote.settings import Home

_TABLES: Final = ("sections", "concepts", "context", "sites", "measurements")
"""Factories (without ``clinnote_``) that read the knowledge tables."""


def build_pipeline(name_or_path: str, home: Home, vocabulary: Path | None = None) -> Language:
    """The pipeline that a ``.cfg`` describes, with the knowledge tables of ``home``.

    ``vocabulary`` (a compiled file) goes before the one that the ``.cfg`` names.

    Raises:
        UsageError: the file is missing or damaged, has an unknown key or value, or puts a stage before what it needs.
    """
    path = pipeline_file(name_or_path, home)
    try:
        config = load_config(path, interpolate=True)
        _fill(config, home, vocabulary)
        nlp = spacy.util.load_model_from_config(config, auto_fill=True, validate=True)
    except ConfigValidationError as error:
        raise UsageError(f"{path.name}: {_reasons(error)}") from None
    except (OntologyError, UsageError):
        raise
    except ValueError as error:
        raise UsageError(f"{path.name}: {str(error).splitlines()[0]}") from None
    nlp.max_length = sys.maxsize  # the limit guards parsers, and no stage of ours needs memory beyond the text's length
    analysis: Any = nlp.analyze_pipes()
    problems = {name: lacks for name, lacks in analysis["problems"].items() if lacks}
    if problems:
        told = "; ".join(f"{name} needs {', '.join(lacks)} before it" for name, lacks in problems.items())
        raise UsageError(f"{path.name}: {told}")
    return nlp


def house_cues(path: Path) -> list[Path]:
    """The cue files of the user's own that a ``.cfg`` names."""
    components: dict[str, dict[str, Any]] = load_config(path, interpolate=True).get("components", {})
    return [Path(str(settings["cues"])) for settings in components.values() if settings.get("cues")]


def _fill(config: Config, home: Home, vocabulary: Path | None) -> None:
    components: dict[str, dict[str, Any]] = config.get("components", {})
    foreign = [part for part in components.values() if str(part.get("factory")).startswith(medspacy_parts.PREFIXES)]
    if foreign:
        medspacy_parts.load_medspacy()
    for settings in foreign:
        medspacy_parts.fill(settings, home.ontologies, vocabulary)
    for settings in components.values():
        factory = str(settings.get("factory", ""))
        if factory.removeprefix("clinnote_") in _TABLES and not settings.get("ontologies"):
            settings["ontologies"] = str(home.ontologies)
        if factory == "clinnote_concepts" and vocabulary is not None:
            settings["vocabulary"] = str(vocabulary)


def _reasons(error: ConfigValidationError) -> str:
    if not error.errors:
        return " ".join(str(error).split())
    return "; ".join(f"{' -> '.join(map(str, e.get('loc', ())))}: {e.get('msg', '')}" for e in error.errors)
