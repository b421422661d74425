"""The cue tables: how they are read, and that every shipped example holds."""

import itertools

import pytest

from clinnote.errors import OntologyError
from clinnote.ontology.cues import COLUMNS, WORD_COLUMNS, load_cues
from clinnote.ontology.patterns import expand, pattern_words, read_pattern
from clinnote.ontology.sections import SECTION_COLUMNS
from clinnote.ontology.studies import COLUMNS as STUDY_COLUMNS
from clinnote.pipeline.checks.rules import check_rules
from clinnote.settings import Home

ROW = ["neg.no", "cue", "polarity=negated", "forward", "", "", "no", "x", "No [[a]].", "A [[a]]."]
WORDS = ["be", "verb", "is", "x"]


@pytest.fixture
def home(tmp_path):
    """Writes one cue table with the given rows; gives the folder as a home."""
    (tmp_path / "ontologies" / "cues").mkdir(parents=True)
    (tmp_path / "ontologies" / "sections").mkdir()
    (tmp_path / "ontologies" / "sections" / "sections.tsv").write_text(
        "\t".join(SECTION_COLUMNS) + "\n", encoding="utf-8"
    )
    (tmp_path / "ontologies" / "sections" / "study_words.tsv").write_text(
        "\t".join(STUDY_COLUMNS) + "\n", encoding="utf-8"
    )

    def write(*rows):
        cues = tmp_path / "ontologies" / "cues"
        (cues / "clause_words.tsv").write_text("\t".join(WORD_COLUMNS) + "\n" + "\t".join(WORDS) + "\n")
        (cues / "some.tsv").write_text("\n".join("\t".join(row) for row in (COLUMNS, *rows)) + "\n", encoding="utf-8")
        return Home(tmp_path)

    return write


def changed(**cells):
    return [cells.get(column, cell) for column, cell in zip(COLUMNS, ROW, strict=True)]


def test_every_shipped_example_holds(root):
    assert check_rules(Home(root)) == ()


def test_every_shipped_rule_has_its_own_id_and_two_examples(root):
    rows = load_cues(root / "ontologies").rows
    assert len({row.cue.id for row in rows}) == len(rows) > 80
    assert all(row.positive and row.negative for row in rows)


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("no", ("no",)),
        ("(no|without) (evidence of|)", ("no evidence of", "no", "without evidence of", "without")),
        ("a|b", ("a", "b")),
        ("not (be (seen|found)|so)", ("not be seen", "not be found", "not so")),
    ],
)
def test_alternatives(pattern, phrases):
    assert expand(pattern) == phrases


@pytest.mark.parametrize("pattern", ["(a", "a)", "a (b"])
def test_brackets_must_match(pattern):
    with pytest.raises(ValueError, match="bracket"):
        expand(pattern)


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ({"kind": "hint"}, "kind"),
        ({"direction": "up"}, "direction"),
        ({"kind": "pseudo", "gives": "", "direction": "forward"}, "direction"),
        ({"kind": "pseudo", "direction": ""}, "gives nothing"),
        ({"kind": "terminator", "direction": "", "gives": "weather"}, "gives"),
        ({"gives": "polarity=maybe"}, "gives"),
        ({"gives": ""}, "gives"),
        ({"limit": "few"}, "limit"),
        ({"targets": "some"}, "targets"),
        ({"pattern": "(no"}, "bracket"),
        ({"pattern": ""}, "empty"),
    ],
)
def test_a_broken_row_is_named_with_file_and_line(cells, complaint, home):
    with pytest.raises(OntologyError, match=rf"some\.tsv:2: .*{complaint}"):
        load_cues(home(changed(**cells)).ontologies)


def test_an_id_stands_once(home):
    with pytest.raises(OntologyError, match="stands twice"):
        load_cues(home(ROW, ROW).ontologies)


def test_tables_must_be_there(tmp_path):
    with pytest.raises(OntologyError, match="no cue tables"):
        load_cues(tmp_path)


@pytest.mark.parametrize(
    ("cells", "example"),
    [({"positive": "A [[a]]."}, "positive"), ({"negative": "No [[a]]."}, "negative")],
)
def test_an_example_that_fails_is_reported(cells, example, home):
    (failure,) = check_rules(home(changed(**cells)))
    assert (failure.rule, failure.place, failure.example) == ("neg.no", "some.tsv:2", example)


def test_a_pseudo_cue_must_change_something(home):
    idle = ["p", "pseudo", "", "", "", "", "quite idle", "x", "Quite idle [[a]].", "A [[a]]."]
    (failure,) = check_rules(home(ROW, idle))
    assert (failure.rule, failure.example) == ("p", "positive")


def test_an_example_marks_one_mention(home):
    with pytest.raises(OntologyError, match=r"some\.tsv:2: the positive example"):
        check_rules(home(changed(positive="No mark.")))


@pytest.mark.parametrize(
    "pattern",
    ["no (evidence of|)", "(no|without) (acute|new|) change$", "rule(d|s|) out (for|)|r/o", "# (days|weeks) ago"],
)
def test_a_pattern_read_by_places_stands_for_the_phrases_of_the_whole(pattern):
    places = {
        tuple(itertools.chain.from_iterable(words))
        for read in read_pattern(pattern)
        for words in itertools.product(*read)
    }
    assert places == {tuple(pattern_words(phrase)) for phrase in expand(pattern)}


@pytest.mark.parametrize("pattern", ["", "no|", "(no|)", "no (more", "no) more", "(no|now$) more"])
def test_a_pattern_that_says_nothing_or_is_not_closed_is_refused(pattern):
    with pytest.raises(ValueError, match=r"empty|bracket|last sign"):
        read_pattern(pattern)
