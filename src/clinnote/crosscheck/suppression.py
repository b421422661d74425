"""Rules by which a site mutes flags that its own reviewers found false. A muted conflict is kept and says so.

A rule is a row of a TOML file: ``[[suppress]]`` with an ``id``, a ``kind`` and one or more properties, all of which
must hold. A muted conflict gets severity ``info``; its metadata names the rule and the severity it had.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from clinnote.errors import OntologyError
from clinnote.model.conflict import KINDS, Conflict
from clinnote.model.conflict_features import FEATURES, features_of, same_words

SUPPRESSED_BY: Final = "suppressed_by"
"""Key of a conflict's metadata: the id of the rule that muted it."""
SEVERITY_WAS: Final = "severity_was"
_OTHER_KEYS: Final = ("id", "kind", "why")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One rule: conflicts of this kind that have all of these properties are muted."""

    id: str
    kind: str
    conditions: tuple[tuple[str, str], ...]
    """(property, value) pairs; see :data:`~clinnote.model.conflict_features.FEATURES`."""
    why: str = ""

    def covers(self, kind: str, features: Mapping[str, Sequence[str]]) -> bool:
        """Whether a conflict of this kind with these properties is muted."""
        return kind == self.kind and all(value in features.get(name, ()) for name, value in self.conditions)


def load_suppressions(path: Path, traps: Mapping[str, str]) -> tuple[Suppression, ...]:
    """The rules of a TOML file; a file without ``[[suppress]]`` has none.

    Args:
        path: The file.
        traps: Key -> words of the traps; a rule may name a trap by either.

    Raises:
        OntologyError: the file is missing or no TOML, or a rule has an unknown key, kind or no condition.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OntologyError(f"{path}: can't be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path.name}: {error}") from None
    rows = data.get("suppress", [])
    if not isinstance(rows, list):
        raise OntologyError(f"{path.name}: 'suppress' must be a list of tables, written [[suppress]]")
    rules = [_rule(row, f"{path.name}: rule {number} of [[suppress]]", traps) for number, row in enumerate(rows, 1)]
    named = [rule.id for rule in rules]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise OntologyError(f"{path.name}: two rules of [[suppress]] have the id {twice}")
    return tuple(rules)


def _rule(row: Any, where: str, traps: Mapping[str, str]) -> Suppression:
    if not isinstance(row, Mapping) or not all(isinstance(value, str) and value for value in row.values()):
        raise OntologyError(f"{where}: every value must be a text in quotation marks")
    unknown = [key for key in row if key not in (*_OTHER_KEYS, *FEATURES)]
    if unknown:
        raise OntologyError(f"{where}: {unknown[0]} must be one of {', '.join((*_OTHER_KEYS, *FEATURES))}")
    if not row.get("id"):
        raise OntologyError(f"{where}: its id is missing")
    if row.get("kind") not in KINDS:
        raise OntologyError(f"{where}: kind must be one of {', '.join(KINDS)}")
    conditions = tuple((name, _value(name, row[name], traps)) for name in FEATURES if name in row)
    if not conditions:
        raise OntologyError(f"{where}: it would mute every {row['kind']}; add one of {', '.join(FEATURES)}")
    return Suppression(row["id"], row["kind"], conditions, row.get("why", ""))


def _value(name: str, value: str, traps: Mapping[str, str]) -> str:
    return same_words(traps.get(value, value) if name == "trap" else value)


def suppress(conflict: Conflict, rules: Iterable[Suppression]) -> Conflict:
    """The conflict as it is, or muted by the first rule that covers it."""
    if SUPPRESSED_BY in conflict.metadata:
        return conflict
    found = [rule for rule in rules if rule.kind == conflict.kind]
    if not found:
        return conflict
    features = features_of(conflict)
    rule = next((rule for rule in found if rule.covers(conflict.kind, features)), None)
    if rule is None:
        return conflict
    about = {SUPPRESSED_BY: rule.id, SEVERITY_WAS: conflict.severity}
    return replace(conflict, severity="info", metadata={**conflict.metadata, **about})
