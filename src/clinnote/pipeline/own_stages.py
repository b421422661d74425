"""Pipelines of clinnote's own stages alone: read and built without spaCy, which costs a second to import.

Only what is plainly right is read here. Whatever else a ``.cfg`` holds, spaCy reads, and says what is wrong with it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from configparser import Error, RawConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clinnote import __version__
from clinnote.errors import UsageError
from clinnote.pipeline import makers
from clinnote.pipeline.components import Component
from clinnote.settings import Home

_PREFIX: Final = "components."
_VERSIONED: Final = ("sections", "cues", "anatomy", "abbreviations", "spelling", "numbers", "time", "predicates")
"""Folders of the knowledge tables that a pipeline may read."""
_Test = Callable[[Any], bool]


class _Reader(RawConfigParser):
    """Keeps the case of keys."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _is_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(one, str) for one in value))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_matches(value: Any) -> bool:
    return value in ("longest", "all")


@dataclass(frozen=True, slots=True)
class _Factory:
    """How a stage is made, the values that its settings may have, and the stages that must come before it."""

    make: Callable[..., Component]
    settings: Mapping[str, _Test]
    after: tuple[str, ...] = ()


_ALL: Final = ("clinnote_sentences", "clinnote_sections", "clinnote_concepts")
_FACTORIES: Final[Mapping[str, _Factory]] = {
    "clinnote_sentences": _Factory(makers.sentences, {}),
    "clinnote_sections": _Factory(makers.sections, {"ontologies": _is_text, "kinds": _are_texts}),
    "clinnote_concepts": _Factory(
        makers.concepts,
        {"vocabulary": _is_text, "ontologies": _is_text, "spelling": _is_flag, "matches": _is_matches},
    ),
    "clinnote_context": _Factory(makers.context, {"ontologies": _is_text, "cues": _is_text, "shipped": _is_flag}, _ALL),
    "clinnote_sites": _Factory(makers.sites, {"ontologies": _is_text}, _ALL),
    "clinnote_measurements": _Factory(
        makers.measurements, {"ontologies": _is_text}, ("clinnote_sentences", "clinnote_concepts")
    ),
}


@dataclass(frozen=True, slots=True)
class OwnStage:
    """One stage of a ``.cfg``."""

    factory: str
    settings: Mapping[str, Any]


def pipeline_file(name_or_path: str, home: Home) -> Path:
    """The ``.cfg`` of a shipped pipeline by name, or the file itself.

    Raises:
        UsageError: there is no such pipeline; the message lists the shipped ones.
    """
    given = Path(name_or_path)
    path = given if given.suffix == ".cfg" else home.configs / "pipelines" / f"{name_or_path}.cfg"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in (home.configs / "pipelines").glob("*.cfg")))
        raise UsageError(f"no pipeline '{name_or_path}'; there are {names}, or give a .cfg file")
    return path


def own_stages(path: Path) -> tuple[OwnStage, ...] | None:
    """The stages of a ``.cfg``, in order; None when not all are our own, or anything about it is for spaCy to judge."""
    parser = _Reader()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
        read = {name: {key: json.loads(value) for key, value in parser.items(name)} for name in parser.sections()}
    except (OSError, ValueError, TypeError, Error):
        return None
    nlp, parts = read.pop("nlp", {}), read.pop("components", {})
    names = nlp.get("pipeline")
    if parts or parser.defaults() or nlp != {"lang": "en", "pipeline": names} or not _are_texts(names) or not names:
        return None
    if sorted(_PREFIX + name for name in names) != sorted(read):
        return None
    stages = tuple(_stage(read[_PREFIX + name]) for name in names)
    known = [stage for stage in stages if stage is not None]
    return tuple(known) if len(known) == len(stages) and _in_order(known) else None


def _stage(settings: dict[str, Any]) -> OwnStage | None:
    factory = settings.pop("factory", None)
    tests = _FACTORIES[factory].settings if isinstance(factory, str) and factory in _FACTORIES else None
    if tests is None or not all(key in tests and tests[key](value) for key, value in settings.items()):
        return None
    if any("${" in value for value in settings.values() if isinstance(value, str)):
        return None  # a reference to another setting
    return OwnStage(factory, settings)


def _in_order(stages: list[OwnStage]) -> bool:
    before: set[str] = set()
    for stage in stages:
        if not before.issuperset(_FACTORIES[stage.factory].after):
            return False
        before.add(stage.factory)
    return True


def build_stages(stages: tuple[OwnStage, ...], home: Home, vocabulary: Path | None = None) -> list[Component]:
    """The stages, made with the knowledge tables of ``home``; ``vocabulary`` goes before that of the settings.

    Raises:
        UsageError: a file that a setting names can't be used.
        OntologyError: a knowledge table breaks its contract.
    """
    made = []
    for stage in stages:
        factory, settings = _FACTORIES[stage.factory], dict(stage.settings)
        if "ontologies" in factory.settings:
            settings["ontologies"] = settings.get("ontologies") or str(home.ontologies)
        if "vocabulary" in factory.settings and vocabulary is not None:
            settings["vocabulary"] = str(vocabulary)
        made.append(factory.make(**settings))
    return made


def rules_version(name_or_path: str, home: Home) -> str:
    """Name of the pipeline and a hash of the package version, its ``.cfg`` and every knowledge table it may read."""
    path = pipeline_file(name_or_path, home)
    digest = hashlib.sha256(__version__.encode())
    tables = [file for part in _VERSIONED for file in (home.ontologies / part).glob("*.tsv")]
    cues, foreign = _cues_and_version(path)
    for file in (path, *sorted(tables), *(file for file in cues if file.is_file())):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    digest.update(foreign.encode())
    return f"{path.stem}@{digest.hexdigest()[:12]}"


def _cues_and_version(path: Path) -> tuple[list[Path], str]:
    """The cue files of the user's own that a ``.cfg`` names, and the version of medspaCy where it takes part."""
    stages = own_stages(path)
    if stages is not None:
        return [Path(stage.settings["cues"]) for stage in stages if stage.settings.get("cues")], ""
    from clinnote.pipeline.build import house_cues
    from clinnote.pipeline.medspacy_parts import version_in

    return house_cues(path), version_in(path)
