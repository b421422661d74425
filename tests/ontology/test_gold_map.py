import pytest

from clinnote.errors import OntologyError
from clinnote.model.codes import LOINC, SNOMED
from clinnote.ontology.gold_map import COLUMNS, FORMATS, Annotation, load_gold_map, mentions_from
from clinnote.settings import find_home

CONFIGS = find_home().configs
TEXT = "Past: no asthma. Now cough."


def rows(tmp_path, *lines):
    file = tmp_path / "own.tsv"
    file.write_text("\n".join(["\t".join(COLUMNS), *lines]) + "\n")
    return file


def made(rules, *annotations):
    return mentions_from(TEXT, "hash", annotations, rules)


@pytest.mark.parametrize("form", FORMATS)
def test_the_shipped_map_loads(form):
    assert load_gold_map(CONFIGS, form).labels["Sign_symptom"] == "finding"


def test_every_row_says_where_it_comes_from():
    for line in (CONFIGS / "gold_map.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            assert line.split("\t")[-1]


def test_labels_attributes_and_what_a_mention_lies_in():
    rules = load_gold_map(CONFIGS, "brat")
    asthma = Annotation("Disease_disorder", ((9, 15),), (("POLARITY", "NEG"),))
    history = Annotation("History", ((6, 15),))
    cough = Annotation("Sign_symptom", ((21, 26),), (("TREND", "INC"),))
    first, second = made(rules, cough, history, asthma)
    assert (first.text, first.label, first.polarity, first.temporality) == (
        "asthma",
        "disorder",
        "negated",
        "historical",
    )
    assert (second.text, second.label, second.temporality, second.change) == (
        "cough",
        "finding",
        "current",
        "increased",
    )
    assert first.metadata == {"type": "Disease_disorder", "attributes": {"POLARITY": "NEG"}, "inside": ["History"]}
    assert {first.origin, second.origin} == {"human"}


def test_what_a_mention_says_of_itself_goes_before_what_it_lies_in(tmp_path):
    own = rows(tmp_path, "brat\tattribute\t*\tnow\t\ttemporality\tcurrent\ttest")
    rules = load_gold_map(CONFIGS, "brat", own)
    [cough] = made(rules, Annotation("Sign_symptom", ((21, 26),), (("now", ""),)), Annotation("History", ((0, 27),)))
    assert cough.temporality == "current"


def test_an_attribute_named_as_a_field_needs_no_row():
    rules = load_gold_map(CONFIGS, "brat")
    [cough] = made(rules, Annotation("finding", ((21, 26),), (("Polarity", "Negated"), ("Laterality", "upwards"))))
    assert (cough.polarity, cough.laterality) == ("negated", None)


def test_a_type_without_a_row_keeps_its_name_in_small_letters():
    rules = load_gold_map(CONFIGS, "brat")
    assert [m.label for m in made(rules, Annotation("Device", ((0, 4),)))] == ["device"]


def test_own_rows_go_before_the_shipped_ones(tmp_path):
    own = rows(
        tmp_path,
        "brat\tlabel\tSign_symptom\t\t\t\tcomplaint\ttest",
        "brat\tattribute\t*\tAbsent\t\tpolarity\tnegated\ttest",
        "xmi\tlabel\tSign_symptom\t\t\t\tother\tanother format",
        "*\tcode\t*\tsct\t\t\tsnomed\ttest",
        "*\tsystem\t*\t\tHouse\t\thttp://house.example\ttest",
    )
    rules = load_gold_map(CONFIGS, "brat", own)
    [cough] = made(rules, Annotation("Sign_symptom", ((21, 26),), (("Absent", ""), ("sct", "49727002"))))
    assert [rules.system(name) for name in ("House", "LNC", "snomed", "unknown")] == [
        "http://house.example",
        LOINC,
        SNOMED,
        "unknown",
    ]
    assert (cough.label, cough.polarity, cough.codes[0].key) == ("complaint", "negated", (SNOMED, "49727002"))


def test_a_label_may_be_the_value_of_an_attribute(tmp_path):
    own = rows(tmp_path, "xmi\tlabel\tNamedEntity\tvalue\t\t\t\ttest", "xmi\tlabel\tDIS\t\t\t\tdisorder\ttest")
    rules = load_gold_map(CONFIGS, "xmi", own)
    named = [
        Annotation("NamedEntity", ((i, i + 2),), a) for i, a in enumerate([(("value", "DIS"),), (("value", "x"),), ()])
    ]
    assert [m.label for m in made(rules, *named)] == ["disorder", "x"]


def test_stretches_apart_are_kept_and_ids_are_unique():
    rules = load_gold_map(CONFIGS, "brat")
    parted = Annotation("finding", ((0, 4), (9, 15)))
    one, two = made(rules, parted, parted)
    assert (one.start, one.end, one.text) == (0, 15, "Past: no asthma")
    assert one.metadata["fragments"] == [[0, 4], [9, 15]]
    assert one.id != two.id


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("word\tlabel\tX\t\t\t\tfinding\ts", "format must be one of"),
        ("brat\tlable\tX\t\t\t\tfinding\ts", "kind must be"),
        ("brat\tattribute\t*\t\tNEG\tpolarity\tnegated\ts", "must not be empty"),
        ("brat\tattribute\t*\tNeg\t\tpolarity\tno\ts", "field and gives must be one of"),
        ("brat\tinside\tX\t\t\torigin\thuman\ts", "field and gives must be one of"),
        ("brat\tlabel\tX\t\t\t\t\ts", "gives must not be empty"),
        ("brat\tsystem\t*\tx\tICD\t\t\ts", "gives must not be empty"),
        ("brat\tlabel\tX", "3 cells, must be 8"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path, line, complaint):
    with pytest.raises(OntologyError, match=rf"own.tsv:2: .*{complaint}"):
        load_gold_map(CONFIGS, "brat", rows(tmp_path, line))
