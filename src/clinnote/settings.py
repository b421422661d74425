"""Where the data of the project lies: argument, ``CLINNOTE_HOME``, the checkout, or the copy in the wheel."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clinnote.errors import UsageError

DEFAULT_GUIDELINE = "clinical"
"""The guideline of a run that names none."""
SAMPLES = 1000
"""Bootstrap samples of an evaluation that names no number."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds ``ontologies/``, ``configs/`` and ``demo/``."""

    root: Path

    @property
    def ontologies(self) -> Path:
        """The knowledge tables."""
        return self.root / "ontologies"

    @property
    def configs(self) -> Path:
        """Pipelines, guidelines and thresholds."""
        return self.root / "configs"

    @property
    def demo(self) -> Path:
        """The bundled synthetic studies."""
        return self.root / "demo"


def find_home(given: Path | None = None, environ: Mapping[str, str] | None = None) -> Home:
    """The first place that has ``ontologies/``: ``given``, ``CLINNOTE_HOME``, the checkout, the wheel's ``_data``.

    Raises:
        UsageError: none of them has it; the message lists where it looked.
    """
    package = Path(__file__).resolve().parent
    environ = os.environ if environ is None else environ
    asked = given or (Path(environ["CLINNOTE_HOME"]) if environ.get("CLINNOTE_HOME") else None)
    places = [asked] if asked else [package.parents[1], package / "_data"]
    for place in places:
        if (place / "ontologies").is_dir():
            return Home(place)
    looked = ", ".join(str(place) for place in places)
    raise UsageError(f"no folder 'ontologies' in {looked}; reinstall clinnote or set CLINNOTE_HOME")


def find_cache(environ: Mapping[str, str] | None = None) -> Path | None:
    """The user's folder for what can be made again: ``CLINNOTE_CACHE`` (empty: none), else where such things lie.

    ``XDG_CACHE_HOME``, on Windows ``LOCALAPPDATA``, else ``~/.cache``; None where there is no home. It need not exist.
    """
    environ = os.environ if environ is None else environ
    asked = environ.get("CLINNOTE_CACHE")
    if asked is not None:
        return Path(asked).expanduser() if asked else None
    place = environ.get("XDG_CACHE_HOME") or (environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if place:
        return Path(place) / "clinnote"
    return Path(home) / ".cache" / "clinnote" if home else None
