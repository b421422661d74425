"""What the annotations of other tools and corpora mean in clinnote's records: ``configs/gold_map.tsv``.

Each row is one rule. ``kind`` says which: ``label`` gives an annotation type its label (``-``: no mention);
``attribute`` turns a value of an attribute into a value of a field of the mention; ``inside`` gives a value to every
mention that lies in an annotation of that type; ``code`` names the code system of an attribute that holds codes;
``system`` is the name that another tool has for a code system.
``*`` in ``type`` and ``value`` stands for any. Users add rows of their own, which go before the shipped ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from clinnote.model.codes import Code, canonical_system
from clinnote.model.mention import SEVERITIES, Mention, mention_id
from clinnote.model.schema import VALUES
from clinnote.ontology.tables import Row, read_table

COLUMNS: Final = ("format", "kind", "type", "name", "value", "field", "gives", "source")
FORMATS: Final = ("brat", "xmi", "labelstudio")
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: values for (record, name), values in VALUES.items() if record == "Mention" and name != "origin"},
    "severity": SEVERITIES,
}
"""The fields that a row may set, with their values."""
NO_MENTION: Final = "-"
ANY: Final = "*"
RULES: Final = "gold"
"""Stands for the rule set in the ids of mentions that people made."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation of another tool: its type, the stretches it covers (code points), its attributes and codes."""

    type: str
    fragments: tuple[tuple[int, int], ...]
    attributes: tuple[tuple[str, str], ...] = ()
    codes: tuple[Code, ...] = ()

    @property
    def start(self) -> int:
        """Where the first stretch starts."""
        return self.fragments[0][0]

    @property
    def end(self) -> int:
        """Where the last stretch ends."""
        return self.fragments[-1][1]


@dataclass(frozen=True, slots=True)
class GoldMap:
    """The rules for one format, looked up by (type, attribute, value); the first row that fits decides."""

    labels: Mapping[str, str]
    label_features: Mapping[str, str]
    """Types whose label is the value of one of their attributes."""
    attributes: Mapping[tuple[str, str, str], tuple[str, str]]
    inside: Mapping[str, tuple[tuple[str, str], ...]]
    code_systems: Mapping[tuple[str, str], str]
    systems: Mapping[str, str]

    def system(self, name: str) -> str:
        """The URI of a code system by the name that the other tool has for it; an unknown name is left as it is."""
        return self.systems.get(name) or canonical_system(name)

    def label_of(self, annotation: Annotation) -> str | None:
        """The label of an annotation; None for one that is no mention. A type without a row keeps its own name."""
        label = self.labels.get(annotation.type)
        if label is None and annotation.type in self.label_features:
            values = dict(annotation.attributes)
            own = values.get(self.label_features[annotation.type], "")
            label = self.labels.get(own, own or NO_MENTION)
        if label is None:
            label = self.labels.get(ANY, annotation.type.lower())
        return None if label == NO_MENTION else label

    def field_of(self, kind: str, name: str, value: str) -> tuple[str, str] | None:
        """(field, value) that an attribute of an annotation means; None when it means none of them.

        An attribute that has no row but bears the name of a field, with one of the field's values, means that.
        """
        for key in ((kind, name, value), (ANY, name, value), (kind, name, ANY), (ANY, name, ANY)):
            if key in self.attributes:
                return self.attributes[key]
        field, plain = name.lower(), value.lower()
        return (field, plain) if plain in FIELDS.get(field, ()) else None

    def system_of(self, kind: str, name: str) -> str | None:
        """The code system of the codes that an attribute holds."""
        return self.code_systems.get((kind, name)) or self.code_systems.get((ANY, name))


def load_gold_map(configs: Path, form: str, own: Path | None = None) -> GoldMap:
    """The rules for ``form`` (``brat``, ``xmi``, ``labelstudio``); rows of the file ``own`` go first.

    Raises:
        OntologyError: a row names a format, kind, field or value that there is not.
    """
    labels: dict[str, str] = {}
    features: dict[str, str] = {}
    attributes: dict[tuple[str, str, str], tuple[str, str]] = {}
    inside: dict[str, dict[str, str]] = {}
    coded: dict[tuple[str, str], str] = {}
    systems: dict[str, str] = {}
    for row in (row for file in filter(None, (own, configs / "gold_map.tsv")) for row in read_table(file, COLUMNS)):
        kind = _checked(row)
        if row["format"] not in (form, ANY):
            continue
        if kind == "label" and row["name"]:
            features.setdefault(row["type"], row["name"])
        elif kind == "label":
            labels.setdefault(row["type"], row["gives"])
        elif kind == "attribute":
            attributes.setdefault((row["type"], row["name"], row["value"]), (row["field"], row["gives"]))
        elif kind == "inside":
            inside.setdefault(row["type"], {}).setdefault(row["field"], row["gives"])
        elif kind == "code":
            coded.setdefault((row["type"], row["name"]), canonical_system(row["gives"]))
        else:
            systems.setdefault(row["value"], canonical_system(row["gives"]))
    contained = {kind: tuple(sets.items()) for kind, sets in inside.items()}
    return GoldMap(labels, features, attributes, contained, coded, systems)


def _checked(row: Row) -> str:
    kind = row["kind"]
    if row["format"] not in (*FORMATS, ANY):
        raise row.error(f"format must be one of {', '.join((*FORMATS, ANY))}")
    if kind not in ("label", "attribute", "inside", "code", "system"):
        raise row.error("kind must be label, attribute, inside, code or system")
    if not row["type"] or (kind in ("attribute", "code") and not row["name"]):
        raise row.error("type and, for attribute and code, name must not be empty")
    if kind in ("attribute", "inside") and row["gives"] not in FIELDS.get(row["field"], ()):
        fields = "; ".join(f"{name}: {', '.join(values)}" for name, values in FIELDS.items())
        raise row.error(f"field and gives must be one of {fields}")
    if kind in ("label", "code", "system") and not (row["gives"] or (kind == "label" and row["name"])):
        raise row.error("gives must not be empty")
    return kind


def mentions_from(text: str, digest: str, annotations: Sequence[Annotation], rules: GoldMap) -> tuple[Mention, ...]:
    """The mentions that annotations of another tool stand for, in the order of the text.

    What they said in their own words stays in ``metadata``: ``type``, ``attributes``, ``inside`` (types of the
    annotations around it) and, for several stretches, ``fragments``. ``origin`` is human.
    """
    around = [a for a in annotations if a.type in rules.inside]
    made = [m for m in (_mention(text, digest, a, around, rules) for a in annotations) if m is not None]
    return _distinct(sorted(made, key=lambda m: (m.start, m.end, m.label)))


def _mention(
    text: str, digest: str, annotation: Annotation, around: Iterable[Annotation], rules: GoldMap
) -> Mention | None:
    label = rules.label_of(annotation)
    if label is None:
        return None
    start, end = annotation.start, annotation.end
    holders = sorted({a.type for a in around if a is not annotation and a.start <= start and end <= a.end})
    codes = list(annotation.codes)
    fields: dict[str, str] = {}
    for name, value in annotation.attributes:
        system = rules.system_of(annotation.type, name)
        if system is not None:
            codes.append(Code(system, value))
        meant = rules.field_of(annotation.type, name, value)
        if meant is not None:
            fields.setdefault(*meant)
    for holder in holders:  # what an annotation says of itself goes before what it stands in
        for field, gives in rules.inside[holder]:
            fields.setdefault(field, gives)
    metadata: dict[str, Any] = {"type": annotation.type}
    if annotation.attributes:
        metadata["attributes"] = dict(annotation.attributes)
    if holders:
        metadata["inside"] = holders
    if len(annotation.fragments) > 1:
        metadata["fragments"] = [list(fragment) for fragment in annotation.fragments]
    identity = mention_id(digest, start, end, label, RULES)
    mention = Mention(identity, start, end, text[start:end], label, tuple(codes), origin="human", metadata=metadata)
    return replace(mention, **fields)  # type: ignore[arg-type]


def _distinct(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """The mentions with unique ids; a span that bears one label twice gets a number into the second id."""
    seen: dict[str, int] = {}
    unique: list[Mention] = []
    for mention in mentions:
        count = seen[mention.id] = seen.get(mention.id, 0) + 1
        unique.append(mention if count == 1 else replace(mention, id=f"{mention.id}-{count}"))
    return tuple(unique)
