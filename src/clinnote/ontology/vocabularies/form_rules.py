"""Rules that make further forms of a term when a vocabulary is built: ``ontologies/vocabularies/variants.tsv``.

A term is first freed of what terminologies add to it (rules ``inverted`` and ``unsaid``, brackets), then its word order
is varied (``head``), numbers change between roman and arabic (``numeral``), words are joined or parted (``joined``,
``compound``), and last all of these are spelt the British and the American way (``spelling``). Nothing is made that
drops a word of meaning, and words are looked at once, so that a term no rule touches costs little.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clinnote.ontology.tables import Row, read_table
from clinnote.ontology.vocabularies.forms import key_of

COLUMNS: Final = ("id", "rule", "word", "other", "example", "gives", "not")
RULES: Final = ("spelling", "numeral", "inverted", "unsaid", "head", "joined", "compound")
_MOST: Final = 12
"""A term gets at most so many further forms."""
_ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_NUMBERS: Final[Mapping[str, str]] = {
    **{roman: str(value) for value, roman in enumerate(_ROMAN, 1)},
    **{str(value): roman for value, roman in enumerate(_ROMAN, 1)},
}
_ALIAS: Final = re.compile(r"\s*\[([^\[\]]+)\]\s*")
_ASIDE: Final = re.compile(r"\s+\(([^()]*[A-Za-z]{3}[^()]*)\)")
_MIXED: Final = re.compile(r"\b(?:of|and|or|with|without|due|by|to|in|on|at|for|from|other|both|not|no)\b|[^\w ]")
_REST_WORDS: Final = 4
_MOST_WORDS: Final = 8
"""Longer terms are descriptions that nobody writes in another way."""
_TOO_MANY_WORDS: Final = 12
_ALIAS_LETTERS: Final = 5


@dataclass(frozen=True, slots=True)
class FormRules:
    """The rules, compiled. ``places`` are names of body sites, behind whose name a head may also stand before "of"."""

    british: re.Pattern[str]
    american: re.Pattern[str]
    other_spelling: Mapping[str, str]
    numeral: re.Pattern[str]
    inverted: frozenset[str]
    unsaid: re.Pattern[str]
    heads: re.Pattern[str]
    head_last: Mapping[str, str]
    apart: re.Pattern[str]
    compound: re.Pattern[str]
    other_compound: Mapping[str, str]
    places: frozenset[str]
    compound_words: frozenset[str]
    spelt: dict[str, tuple[str, str]] = field(default_factory=dict)
    """(British, American) spelling of the words met so far that have two."""
    plain: set[str] = field(default_factory=set)
    """The words met so far that are spelt in one way."""

    def variants(self, form: str) -> tuple[str, ...]:
        """The further forms of one term, in normal form, without those that differ by case, accent or hyphen only."""
        own = key_of(form)[:-1]
        if own.count(" ") > _TOO_MANY_WORDS:
            return ()
        found = {own: None}
        if "," in form or "(" in form or "[" in form or self.unsaid.search(form):
            found.update((key_of(base)[:-1], None) for base in self._bare(form))
        if "-" in form:
            found[key_of(self.apart.sub(r"\1\2", form))[:-1]] = None
        for base in [key for key in found if key.count(" ") < _MOST_WORDS]:
            words = base.split(" ")
            if len(words) > 1:
                found.update((form, None) for form in self._reordered(base, words))
                if not _NUMBERS.keys().isdisjoint(words):
                    found[self.numeral.sub(_other_number, base)] = None
            if not self.compound_words.isdisjoint(words):
                found[self.compound.sub(lambda match: self.other_compound[match.group()], base)] = None
        for base in [key for key in found if key.count(" ") < _MOST_WORDS]:
            words = base.split(" ")
            if not self.plain.issuperset(words):
                found.update((form, None) for form in self._respelt(words))
        found.pop(own)
        found.pop("", None)
        return tuple(found)[:_MOST]

    def _bare(self, form: str) -> Iterator[str]:
        """The term without what its terminology adds, and with an inverted qualifier in front."""
        text = form
        if "[" in text and not text.startswith("["):
            yield from (alias for alias in _ALIAS.findall(text) if len(alias) > _ALIAS_LETTERS)
            text = _ALIAS.sub(" ", text).strip()
            yield text
        if "(" in text:
            text = _ASIDE.sub("", text)
            yield text
        said = self.unsaid.sub("", text)
        while said != text:
            text, said = said, self.unsaid.sub("", said)
        if text != form and "," not in text:
            yield text
        head, comma, tail = text.partition(",")
        words = tail.lower().split()
        if comma and words and "," not in tail and self.inverted.issuperset(words):
            yield f"{tail.strip()} {head}"

    def _reordered(self, key: str, words: Sequence[str]) -> Sequence[str]:
        """Give "carcinoma of breast" for "breast carcinoma" and the other way round, with and without the article."""
        if words[-1] in self.head_last:
            head, place = words[-1], " ".join(words[:-1])
            return (f"{head} of {place}", f"{head} of the {place}") if place in self.places else ()
        if words[0] not in self.head_last and words[1] not in self.head_last:
            return ()
        match = self.heads.fullmatch(key)
        if not match:
            return ()
        before, head, between, article, rest = match.group("before", "head", "between", "article", "rest")
        if between not in self.head_last[head].split("|") or _MIXED.search(rest) or rest.count(" ") >= _REST_WORDS:
            return ()
        before = before or ""
        return f"{before}{head} {between} {'' if article else 'the '}{rest}", f"{before}{rest} {head}"

    def _respelt(self, words: Sequence[str]) -> Iterator[str]:
        for word in words:
            if word not in self.plain and word not in self.spelt:
                pair = (self._swapped(self.american, word), self._swapped(self.british, word))
                if pair == (word, word):
                    self.plain.add(word)
                else:
                    self.spelt[word] = pair
        for spelling in (0, 1):
            yield " ".join(self.spelt[word][spelling] if word in self.spelt else word for word in words)

    def _swapped(self, pattern: re.Pattern[str], word: str) -> str:
        return pattern.sub(lambda match: self.other_spelling[match.group()], word)


def _other_number(match: re.Match[str]) -> str:
    return match.group(1) + _NUMBERS[match.group(2)]


def load_form_rules(ontologies: Path, places: Iterable[str] = ()) -> FormRules:
    """The rules of ``vocabularies/variants.tsv``.

    Raises:
        OntologyError: the table breaks its contract.
    """
    rows: dict[str, list[Row]] = {rule: [] for rule in RULES}
    for row in read_table(ontologies / "vocabularies" / "variants.tsv", COLUMNS):
        if row["rule"] not in rows:
            raise row.error(f"rule must be one of {', '.join(RULES)}")
        if row["rule"] in ("spelling", "head", "compound") and not row["other"]:
            raise row.error("the column other is empty")
        rows[row["rule"]].append(row)
    pairs = [(row["word"].strip("-"), row["other"].strip("-")) for row in rows["spelling"]]
    compounds = [(row["word"], row["other"]) for row in rows["compound"]]
    prefixes = _words(rows["joined"])
    heads = {row["word"]: row["other"] for row in rows["head"]}
    return FormRules(
        british=_parts([row["word"] for row in rows["spelling"]]),
        american=_parts([row["other"] for row in rows["spelling"]]),
        other_spelling=dict([*pairs, *((b, a) for a, b in pairs)]),
        numeral=re.compile(rf"\b((?:{_words(rows['numeral'])}) )({'|'.join(_NUMBERS)})\b"),
        inverted=frozenset(row["word"] for row in rows["inverted"]),
        unsaid=re.compile(
            rf"(?:,\s*(?:{_words(rows['unsaid'])})\b[^,]*|\s+(?:NOS|NEC))$|^unspecified\s(?!.*unspecified)", re.I
        ),
        heads=re.compile(
            rf"(?P<before>\w+ )?(?P<head>{_words(rows['head'])}) (?P<between>of|in|to) (?P<article>the )?(?P<rest>.+)"
        ),
        head_last=heads,
        apart=re.compile(rf"\b({prefixes})-(?=\w{{3}})(\w)", re.I),
        compound=re.compile(rf"\b(?:{'|'.join(re.escape(word) for pair in compounds for word in pair)})\b"),
        other_compound=dict([*compounds, *((b, a) for a, b in compounds)]),
        places=frozenset(key_of(place)[:-1] for place in places),
        compound_words=frozenset(word.partition(" ")[0] for pair in compounds for word in pair),
    )


def _words(rows: Sequence[Row]) -> str:
    return "|".join(re.escape(word) for word in sorted((row["word"] for row in rows), key=len, reverse=True))


def _parts(parts: Sequence[str]) -> re.Pattern[str]:
    """One pattern of all word parts, the longest first; where a part has no hyphen, the word begins or ends."""
    made = []
    for part in sorted(parts, key=len, reverse=True):
        start, end = "" if part.startswith("-") else r"\b", "" if part.endswith("-") else r"\b"
        made.append(f"{start}{re.escape(part.strip('-'))}{end}")
    return re.compile("|".join(made))
