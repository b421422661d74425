"""medspaCy's own components in a clinnote pipeline: its matcher fed from our vocabulary, its findings as our records.

``configs/pipelines/medspacy.cfg`` puts them together. medspaCy (Eyre et al. 2021, doi 10.48550/arXiv.2106.07799) is
an extra (``pip install 'clinnote[medspacy]'``) and is imported only where a pipeline names one of its components.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from spacy.language import Language, create_tokenizer
from spacy.tokens import Doc, Span
from spacy.util import registry

from clinnote.errors import UsageError
from clinnote.model.mention import Evidence
from clinnote.model.spans import Span as Stretch
from clinnote.ontology.vocabularies.vocabulary import BODY_SITE, CAPITALS, CAPITALS_S, SITE, TERM, Vocabulary
from clinnote.pipeline.decode import decode, placed
from clinnote.pipeline.records import Concept, Context, Section

PREFIXES: Final = ("medspacy_", "clinnote_medspacy_")
"""What the names of factories begin with that need medspaCy."""
GROUP: Final = "medspacy_spans"
"""The span group in which medspaCy's components look for targets."""
_NOISY: Final = ("PyRuSH", "PyFastNER", "medspacy", "quickumls", "medspacy_quickumls")
"""Packages that write what they read, note text included, to standard error through loguru."""
_GIVES: Final[Mapping[str, tuple[str, str]]] = {
    "is_negated": ("polarity", "negated"),
    "is_uncertain": ("certainty", "possible"),
    "is_historical": ("temporality", "historical"),
    "is_hypothetical": ("temporality", "hypothetical"),
    "is_family": ("experiencer", "family"),
}
"""medspaCy's flag -> our attribute and value; hypothetical goes before historical, as the later of two."""


def load_medspacy() -> None:
    """Import medspaCy, which registers its components, with its loggers silenced.

    Raises:
        UsageError: it is not installed; the message says how to install it.
    """
    try:
        from loguru import logger

        for name in _NOISY:
            logger.disable(name)
        # its matchers say so in every call when all rules are phrases
        warnings.filterwarnings("ignore", message=r".*\[W036\]")
        import medspacy  # noqa: F401 (the import registers)
    except ImportError as error:
        raise UsageError(
            f"this pipeline is made of medspaCy's components, and the package {error.name} is missing; "
            "install them with: pip install 'clinnote[medspacy]'"
        ) from None


def fill(settings: dict[str, Any], ontologies: Path, vocabulary: Path | None) -> None:
    """Complete the settings of one medspaCy component: its own sentence rules, our tables."""
    factory = settings["factory"]
    if factory == "medspacy_pyrush" and not settings.get("rules_path"):
        import medspacy

        settings["rules_path"] = str(Path(medspacy.__file__).parents[1] / "resources" / "en" / "rush_rules.tsv")
    if factory == "clinnote_medspacy_targets":
        settings["ontologies"] = settings.get("ontologies") or str(ontologies)
        if vocabulary is not None:
            settings["vocabulary"] = str(vocabulary)


def version_in(pipeline: Path) -> str:
    """Version of the installed medspaCy where a ``.cfg`` names its components, for the run stamp; else ""."""
    named = any(f'"{prefix}' in pipeline.read_text(encoding="utf-8") for prefix in PREFIXES)
    try:
        return f"medspacy {metadata.version('medspacy')}" if named else ""
    except metadata.PackageNotFoundError:
        return ""


def tokenizer() -> Callable[[Language], Any]:
    """The tokenizer of medspaCy, which parts more at punctuation than spaCy's."""

    def make(nlp: Language) -> Any:
        from medspacy.custom_tokenizer import create_medspacy_tokenizer

        nlp.tokenizer = create_tokenizer()(nlp)  # it is made from the one that is there
        return create_medspacy_tokenizer(nlp)

    return make


registry.tokenizers("clinnote_medspacy_tokenizer", func=tokenizer)


class TargetFinder:
    """medspaCy's TargetMatcher with one rule a key of a vocabulary, or with the rules of a medspaCy JSON file."""

    def __init__(self, nlp: Language, vocabulary: Vocabulary, rules: str | None = None) -> None:
        from medspacy.ner import TargetMatcher, TargetRule

        self.vocabulary = vocabulary
        self._matcher = TargetMatcher(nlp, result_type=None)
        own = TargetRule.from_json(rules) if rules else [TargetRule(**fields) for fields in _rules(vocabulary)]
        self._matcher.add(own)

    def __call__(self, doc: Doc) -> list[Concept]:
        """The concepts of the text, by offset, none overlapping another."""
        found: list[Concept] = []
        for span in self._matcher(doc):
            rule = span._.target_rule
            known = (rule.metadata or {}).get("concept")
            known = known if isinstance(known, Concept) else Concept(0, 0, rule.category.lower())
            found.append(placed(known, span.start_char, span.end_char))
        return sorted(found, key=lambda concept: concept.start)


def _rules(vocabulary: Vocabulary) -> Iterator[dict[str, Any]]:
    """The arguments of a TargetRule for every key; keys that match only in capitals are patterns of exact words."""
    for words in sorted(vocabulary.keys()):
        key, literal = vocabulary.step(words)[0], words.strip()
        kind = vocabulary.kinds[key]
        entries = vocabulary.entries_of(key)
        concept = decode(entries, words, bool(kind & SITE and not kind & TERM))
        pattern = None
        if kind & (CAPITALS | CAPITALS_S):
            shown = literal[:-1].upper() + "s" if kind & CAPITALS_S else literal.upper()
            pattern = [{"TEXT": word} for word in shown.split()]
        yield {
            "literal": literal,
            "category": concept.label,
            "pattern": pattern,
            "metadata": {"concept": concept},
        }


class MedspacyTargets:
    """Writes ``concepts`` by medspaCy's matcher, and the span group in which its other components find them.

    Concepts that are already there are taken as given; the body sites of the text come with them.
    """

    def __init__(self, finder: TargetFinder) -> None:
        self.finder = finder

    def __call__(self, doc: Doc) -> Doc:
        """Write the targets to the Doc."""
        state = doc._.clinnote
        concepts = self.finder(doc)
        if state.concepts:
            sites = (concept for concept in concepts if concept.label == BODY_SITE)
            concepts = sorted([*state.concepts, *sites], key=lambda concept: concept.start)
        doc._.clinnote = replace(state, concepts=tuple(concepts))
        spans = dict.fromkeys(span for concept in concepts if (span := _span(doc, concept)) is not None)
        doc.spans[GROUP] = list(spans)
        return doc


class MedspacyRecords:
    """Writes ``sentences``, ``sections`` and ``contexts`` from what medspaCy's components left on the Doc."""

    def __call__(self, doc: Doc) -> Doc:
        """Read medspaCy's extension attributes."""
        state = doc._.clinnote
        sections = tuple(_sections(doc))
        doc._.clinnote = replace(
            state,
            sentences=tuple(
                Stretch(s.start_char, s.end_char)
                for s in doc.sents
                if doc.has_annotation("SENT_START") and s.text.strip()
            ),
            sections=sections,
            contexts=tuple(_context(_span(doc, concept), sections) for concept in state.concepts),
        )
        return doc


def _span(doc: Doc, concept: Concept) -> Span | None:
    """The whole tokens of a concept."""
    span: Span | None = doc.char_span(concept.start, concept.end, label=concept.label, alignment_mode="expand")
    return span


def _sections(doc: Doc) -> Iterator[Section]:
    if not Doc.has_extension("sections"):
        return
    titled = [
        section for section in doc._.sections or () if section.category and section.title_end > section.title_start
    ]
    for section in titled:
        title, end = doc[section.title_start : section.title_end], section.body_end
        body_start = doc[section.title_end].idx if section.title_end < end else title.end_char
        body_end = doc[max(section.title_start, end - 1)]
        last = max(body_start, body_end.idx + len(body_end.text_with_ws))
        yield Section(section.category, title.start_char, body_start, last, f"medspacy.section.{section.category}")


def _context(span: Span | None, sections: tuple[Section, ...]) -> Context:
    if span is None:
        return Context()
    evidence = dict.fromkeys([*_cues(span), *_defaults(span, sections)])
    values: dict[str, Any] = {
        name: value for flag, (name, value) in _GIVES.items() if Span.has_extension(flag) and getattr(span._, flag)
    }
    told = tuple(item for item in evidence if dict([item.gives.split("=")]).items() <= values.items())
    return Context(**values, evidence=told)


def _cues(span: Span) -> Iterator[Evidence]:
    from medspacy.context.context import DEFAULT_ATTRIBUTES

    for modifier in span._.modifiers if Span.has_extension("modifiers") else ():
        start, end = modifier.modifier_span
        words = span.doc[start:end]
        for flag in DEFAULT_ATTRIBUTES.get(modifier.category, ()):
            rule = f"medspacy.{modifier.category.lower()}.{modifier.rule.literal}"
            yield Evidence(rule, words.start_char, words.end_char, "=".join(_GIVES[flag]))


def _defaults(span: Span, sections: tuple[Section, ...]) -> Iterator[Evidence]:
    from medspacy.section_detection.sectionizer import DEFAULT_ATTRS

    for section in sections:
        if section.body_start <= span.start_char < section.end:
            for flag in DEFAULT_ATTRS.get(section.kind, ()):
                yield Evidence(section.rule, section.start, section.body_start, "=".join(_GIVES[flag]))
