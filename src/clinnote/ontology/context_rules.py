"""Cue rules in medspaCy's JSON (``ConTextRule``), read as they are into a :class:`~clinnote.ontology.cues.CueTable`.

The format is that of medspaCy 1.3 (Eyre et al., AMIA Annu Symp Proc 2021, "Launching into clinical space with
medspaCy"): ``{"context_rules": [{"literal", "category", "direction", "pattern", "max_scope", "max_targets",
"terminated_by", "allowed_types", "excluded_types", "metadata"}]}``. What can't be represented (callbacks, regular
expressions, token patterns that need a tagger) is refused, never dropped.
"""

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from clinnote.errors import OntologyError
from clinnote.ontology.cues import (
    ATTRIBUTES,
    Cue,
    CueRow,
    CueTable,
    make_table,
    read_cues,
    shipped_roles,
    shipped_rows,
)
from clinnote.ontology.patterns import NUMBER, Pattern, expand, pattern_words

CATEGORIES: Final[Mapping[str, str]] = {
    "NEGATED_EXISTENCE": "polarity=negated",
    "DEFINITE_NEGATED_EXISTENCE": "polarity=negated",
    "PROBABLE_NEGATED_EXISTENCE": "polarity=negated|certainty=probable",
    "DEFINITE_EXISTENCE": "polarity=affirmed|certainty=definite",
    "POSITIVE_EXISTENCE": "polarity=affirmed",
    "PROBABLE_EXISTENCE": "certainty=probable",
    "POSSIBLE_EXISTENCE": "certainty=possible",
    "AMBIVALENT_EXISTENCE": "certainty=possible",
    "UNLIKELY": "certainty=unlikely",
    "HISTORICAL": "temporality=historical",
    "HYPOTHETICAL": "temporality=hypothetical",
    "FUTURE": "temporality=future",
    "FAMILY": "experiencer=family",
}
"""What medspaCy's and pyConText's categories give; ``metadata: {"gives": ...}`` of a rule goes before."""
_DIRECTIONS: Final = {
    "FORWARD": (True, False),
    "BACKWARD": (False, True),
    "BIDIRECTIONAL": (True, True),
    "TERMINATE": (False, False),
    "PSEUDO": (False, False),
}
_KEYS: Final = frozenset(
    {"literal", "category", "pattern", "direction", "max_scope", "max_targets", "terminated_by", "allowed_types"}
    | {"excluded_types", "metadata", "on_match", "on_modifies"}
)
_TEXT_KEYS: Final = ("LOWER", "TEXT", "ORTH", "NORM")
_PLAIN: Final = re.compile(r"[\w\s|()'/,.:;&+%-]*")
_MOST: Final = 20_000
"""Most word sequences one pattern may stand for."""
_SHOWN: Final = 10


def read_context_rules(path: Path) -> list[CueRow]:
    """The rules of a ConTextRule JSON file, with ids ``<file's stem>.<number>``, counted from 1.

    Raises:
        OntologyError: the file is missing or no such JSON, or has rules that can't be represented; the message names
            the file and the first rules with what is wrong and what to write instead.
    """
    rules = _load(path)
    rows: list[CueRow] = []
    wrong: list[str] = []
    for number, rule in enumerate(rules, 1):
        place = f"{path.name}: rule {number}"
        try:
            rows.append(_row(f"{path.stem}.{number}", place, rule))
        except (TypeError, ValueError) as error:
            wrong.append(f"{place}: {error}")
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise OntologyError("; ".join(wrong[:_SHOWN]) + more)
    return rows


def load_house_cues(ontologies: Path, file: Path, shipped: bool = True) -> CueTable:
    """The rules of a file, ConTextRule JSON or (``.tsv``) a cue table, on top of the shipped ones or in their place.

    Raises:
        OntologyError: a rule of the file or of the shipped tables can't be read.
    """
    own = read_cues(file) if file.suffix == ".tsv" else read_context_rules(file)
    return make_table([*own, *(shipped_rows(ontologies) if shipped else ())], shipped_roles(ontologies))


def _load(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise OntologyError(f"{path.name} is missing in {path.parent}") from None
    except UnicodeDecodeError as error:
        raise OntologyError(f"{path.name}: not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise OntologyError(f"{path.name}:{error.lineno}: not JSON ({error.msg})") from None
    except (RecursionError, ValueError):
        raise OntologyError(f"{path.name}: not JSON that can be read: too deep, or a number too long") from None
    rules = content.get("context_rules") if isinstance(content, dict) else content
    if not isinstance(rules, list) or not rules:
        raise OntologyError(f"{path.name}: must hold a list of rules under the key 'context_rules'")
    return rules


def _row(name: str, place: str, rule: object) -> CueRow:
    if not isinstance(rule, dict):
        raise TypeError("must be an object with 'literal', 'category' and 'direction'")
    unknown = sorted(set(rule) - _KEYS)
    if unknown:
        raise ValueError(f"unknown key {', '.join(unknown)}")
    calls = [key for key in ("on_match", "on_modifies") if rule.get(key) is not None]
    if calls:
        raise ValueError(f"{calls[0]} is a Python function and can't be read from a file; leave it out")
    direction = str(rule.get("direction") or "BIDIRECTIONAL").upper()
    if direction not in _DIRECTIONS:
        raise ValueError(f"direction must be one of {', '.join(_DIRECTIONS)}")
    kind = {"TERMINATE": "terminator", "PSEUDO": "pseudo"}.get(direction, "cue")
    forward, backward = _DIRECTIONS[direction]
    scope = _count(rule, "max_scope")
    only, never = _labels(rule, "allowed_types"), _labels(rule, "excluded_types")
    if only and never:
        raise ValueError("only one of allowed_types and excluded_types may be given")
    cue = Cue(
        name,
        kind,
        _gives(rule) if kind == "cue" else (),
        frozenset(ATTRIBUTES) if kind == "terminator" else frozenset(),
        forward,
        backward,
        limit=None if scope is None else scope - 1,
        most=_count(rule, "max_targets"),
        only=only,
        never=never,
        ended_by=_ended_by(rule) if kind == "cue" else frozenset(),
    )
    return CueRow(cue, _patterns(rule), "", "", place)


def _count(rule: Mapping[str, Any], key: str) -> int | None:
    value = rule.get(key)
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise ValueError(f"{key} must be a whole number above 0")
    return value


def _labels(rule: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(value.lower() for value in _texts(rule, key))


def _texts(rule: Mapping[str, Any], key: str) -> Sequence[str]:
    values = rule.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{key} must be a list of texts")
    return values


def _gives(rule: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    metadata = rule.get("metadata")
    said = metadata.get("gives") if isinstance(metadata, dict) else None
    return _claims(said if isinstance(said, str) else str(rule.get("category")))


def _claims(category: str) -> tuple[tuple[str, str], ...]:
    pairs = CATEGORIES.get(category.upper(), category)
    gives = tuple((a.strip(), v.strip()) for a, _, v in (pair.partition("=") for pair in pairs.split("|")))
    if any(value not in ATTRIBUTES.get(attribute, ()) for attribute, value in gives):
        raise ValueError(
            f"category '{category}' is unknown; say what it gives, such as "
            '"metadata": {"gives": "polarity=negated"}'
        )
    return gives


def _ended_by(rule: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset(pair for category in _texts(rule, "terminated_by") for pair in _claims(category))


def _patterns(rule: Mapping[str, Any]) -> tuple[Pattern, ...]:
    pattern, literal = rule.get("pattern"), rule.get("literal")
    if pattern is None:
        if not isinstance(literal, str):
            raise ValueError("has neither a literal nor a pattern")
        phrases: Iterable[str] = (literal,)
    elif isinstance(pattern, str):
        phrases = _plain_expression(pattern)
    elif isinstance(pattern, list):
        phrases = _token_phrases(pattern)
    else:
        raise ValueError("pattern must be a text or a list of tokens")
    found = tuple(dict.fromkeys(tuple(pattern_words(phrase)) for phrase in phrases))
    if not found or not all(found):
        raise ValueError("the pattern is empty, or may match nothing")
    return ((found,),)


def _plain_expression(pattern: str) -> tuple[str, ...]:
    """The phrases of a regular expression that has nothing but words, groups and alternatives."""
    plain = pattern.replace("(?:", "(").replace(r"\b", "").replace(r"\s+", " ").replace(r"\s", " ")
    if not _PLAIN.fullmatch(plain):
        raise ValueError("a regular expression with more than words, | and ( ) can't be read; list its words")
    return expand(plain)


def _token_phrases(tokens: Sequence[object]) -> list[str]:
    choices = [_choices(token) for token in tokens]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST:
        raise ValueError(f"the pattern stands for {count} phrases, more than {_MOST}; split the rule")
    return [_joined(words) for words in itertools.product(*choices)]


def _joined(words: Sequence[str]) -> str:
    """The phrase of a sequence of spaCy's tokens, which are "did" and "n't" where the text's word is "didn't"."""
    phrase = " ".join(word for word in words if word).replace(" n't", "n't")
    return phrase[1:] if phrase.startswith("n't") else phrase


def _choices(token: object) -> list[str]:
    """The texts that one token of a spaCy pattern stands for; an empty one where it may be missing."""
    if not isinstance(token, dict):
        raise TypeError("each token of a pattern must be an object")
    keys = set(token) - {"OP"}
    operator = token.get("OP", "1")
    if operator not in ("1", "?"):
        raise ValueError(f"the operator {operator} of a token can't be read; only ? can")
    if len(keys) != 1:
        raise ValueError("a token must have one key of LOWER, TEXT, ORTH, NORM, IS_DIGIT, LIKE_NUM")
    key = keys.pop()
    value = token[key]
    if key in ("IS_DIGIT", "LIKE_NUM") and value is True:
        texts = [NUMBER]
    elif key in _TEXT_KEYS and isinstance(value, str):
        texts = [value]
    elif key in _TEXT_KEYS and isinstance(value, dict) and set(value) == {"IN"} and isinstance(value["IN"], list):
        texts = [str(word) for word in value["IN"]]
    else:
        raise ValueError(f"the token key {key} with this value can't be read; only words and lists of words (IN) can")
    return [*texts, ""] if operator == "?" else texts
