"""The anatomy: its tables hold together, its relations are relations, and labels find their site."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.model.codes import well_formed
from clinnote.model.laterality import BILATERAL, LEFT, MIDLINE, RIGHT, UNKNOWN
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.anatomy_tables import PLURAL_COLUMNS, SIDED_COLUMNS, SITE_COLUMNS
from clinnote.ontology.linking import COLUMNS as LINKING_COLUMNS
from clinnote.ontology.side_words import COLUMNS as SIDE_COLUMNS
from clinnote.ontology.side_words import load_side_words
from clinnote.ontology.tables import read_table
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ANATOMY = load_anatomy(ONTOLOGIES)
SITES = st.sampled_from(sorted(ANATOMY.nodes))


def test_it_covers_the_body():
    assert len(ANATOMY.nodes) >= 300
    for region in ("head", "neck", "chest", "abdomen", "pelvis", "spine", "upper_limb", "lower_limb"):
        assert sum(ANATOMY.is_part_of(site, region) for site in ANATOMY.nodes) >= 8, region


@pytest.mark.parametrize("site", sorted(ANATOMY.nodes))
def test_every_name_resolves_to_its_site(site):
    node = ANATOMY.node(site)
    for form in (node.name, site, *node.synonyms):
        assert ANATOMY.resolve(form)[0] == site, form


@pytest.mark.parametrize("site", [s for s in ANATOMY.nodes if ANATOMY.paired(s)])
def test_a_side_can_stand_before_and_behind_a_paired_site(site):
    name = ANATOMY.node(site).name
    for label, side in ((f"left {name}", LEFT), (f"{name}, right", RIGHT)):
        found, sides = ANATOMY.resolve(label)
        assert sides == side
        assert ANATOMY.overlap(found, site)  # "left upper abdomen" is a quadrant of its own
    assert ANATOMY.resolve(f"{site}_left")[1] == LEFT


def test_no_code_is_malformed():
    for node in ANATOMY.nodes.values():
        if node.code:
            assert well_formed(node.code.system, node.code.code)
            assert node.code.display


@settings(deadline=None)
@given(SITES, SITES)
def test_overlap_is_symmetric_and_holds_for_parts(a, b):
    assert ANATOMY.overlap(a, b) == ANATOMY.overlap(b, a)
    assert ANATOMY.overlap(a, a)
    if ANATOMY.is_part_of(a, b):
        assert ANATOMY.overlap(a, b)
        assert ANATOMY.related(b, a)


@settings(deadline=None)
@given(SITES, SITES, SITES)
def test_part_of_is_transitive_and_never_mutual(a, b, c):
    if ANATOMY.is_part_of(a, b) and ANATOMY.is_part_of(b, c):
        assert ANATOMY.is_part_of(a, c)
    if a != b and ANATOMY.is_part_of(a, b):
        assert not ANATOMY.is_part_of(b, a)
    assert ANATOMY.is_part_of(a, "body")


@settings(deadline=None)
@given(SITES, SITES, SITES)
def test_distance_is_a_metric(a, b, c):
    assert (ANATOMY.distance(a, b) == 0) == (a == b)
    assert ANATOMY.distance(a, b) == ANATOMY.distance(b, a)
    assert ANATOMY.distance(a, c) <= ANATOMY.distance(a, b) + ANATOMY.distance(b, c)


@pytest.mark.parametrize(
    ("label", "site", "sides"),
    [
        ("Lung_L", "lung", LEFT),
        ("Lung, R", "lung", RIGHT),
        ("LT LUNG", "lung", LEFT),
        ("right lung base", "lung_base", RIGHT),
        ("lung lower lobe left", "lower_lobe", LEFT),
        ("left lung lower lobe", "lower_lobe", LEFT),
        ("r.lower lobe(S9-10)", "lower_lobe", RIGHT),
        ("bilateral costophrenic angle", "costophrenic_angle", BILATERAL),
        ("rib_left_7", "rib_7", LEFT),
        ("vertebrae_T12", "vertebra_t12", UNKNOWN),
        ("L4-5", "disc_l4_l5", UNKNOWN),
        ("lung_middle_lobe_right", "middle_lobe", RIGHT),
        ("middle lobe", "middle_lobe", RIGHT),
        ("lingula", "lingula", LEFT),
        ("RLL", "lower_lobe", RIGHT),
        ("Femur_Head_L", "femoral_head", LEFT),
        ("heart_atrium_left", "left_atrium", UNKNOWN),
        ("left atrial appendage", "left_atrial_appendage", UNKNOWN),
        ("right lobe of the liver", "right_liver_lobe", UNKNOWN),
        ("medial meniscus of the left knee", "medial_meniscus", LEFT),
        ("left", None, LEFT),
        ("something else", None, UNKNOWN),
        ("", None, UNKNOWN),
    ],
)
def test_label(label, site, sides):
    assert ANATOMY.resolve(label) == (site, sides)


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        ("lower_lobe", "lower_lung_zone", True),
        ("lower_lobe", "lung_base", True),
        ("costophrenic_angle", "lung_base", True),
        ("pleural_space", "upper_lobe", True),
        ("middle_lobe", "lower_lung_zone", True),
        ("lower_lobe", "upper_lobe", False),
        ("costophrenic_angle", "upper_lobe", False),
        ("lung_apex", "lung_base", False),
        ("left_atrium", "right_atrium", False),
        ("rib", "lung", False),
        ("medial_meniscus", "lateral_meniscus", False),
    ],
)
def test_overlaps_that_matter(a, b, shared):
    assert ANATOMY.overlap(a, b) is shared


def test_midline_implies_no_side_and_fixed_organs_do():
    assert ANATOMY.node("trachea").side == MIDLINE
    assert ANATOMY.implied_side("trachea") == UNKNOWN
    assert ANATOMY.implied_side("spleen") == LEFT
    assert ANATOMY.implied_side("gallbladder") == RIGHT


def test_levels_stand_in_order():
    assert ANATOMY.level("vertebra_c1") == 0
    assert ANATOMY.level("vertebra_l1") == ANATOMY.level("vertebra_t12") + 1
    assert ANATOMY.level("rib_12") == 11
    assert ANATOMY.level("lung") is None


def test_forms_hold_names_synonyms_and_sided_forms():
    forms = {form.text: form for form in ANATOMY.forms()}
    assert forms["apices"].site == "lung_apex"
    assert forms["RLL"] == ("RLL", "lower_lobe", RIGHT)
    assert "apex of the lung" in forms
    assert ANATOMY.find_form("rll") == ("lower_lobe", RIGHT)
    assert ANATOMY.find_form("rll opacity") is None


SIDE_ROWS = list(read_table(ONTOLOGIES / "anatomy" / "side_words.tsv", SIDE_COLUMNS))


@pytest.mark.parametrize("row", SIDE_ROWS, ids=lambda row: row["id"])
def test_side_rule_fires_on_its_example_and_not_on_the_other(row):
    for column, fires in (("example", True), ("counter_example", False)):
        at = row[column].index("[")
        text = row[column].replace("[", "").replace("]", "")
        rules = [word.rule for word in ANATOMY.side_words.find(text) if word.start == at]
        assert (row["id"] in rules) is fires, row[column]


@settings(deadline=None)
@given(st.text(alphabet="leftrigh LR()>/-.\n", max_size=80))
def test_side_words_come_in_order_and_do_not_overlap(text):
    end = 0
    for word in ANATOMY.side_words.find(text):
        assert end <= word.start < word.end <= len(text)
        end = word.end


def write(folder, sites, sided=(), plurals=(), sides=(), linking=()):
    anatomy = folder / "anatomy"
    anatomy.mkdir(exist_ok=True)
    for name, columns, rows in (
        ("sites.tsv", SITE_COLUMNS, sites),
        ("sided_forms.tsv", SIDED_COLUMNS, sided),
        ("plurals.tsv", PLURAL_COLUMNS, plurals),
        ("side_words.tsv", SIDE_COLUMNS, sides),
        ("linking_words.tsv", LINKING_COLUMNS, linking),
    ):
        lines = ["\t".join(columns), *("\t".join(row) for row in rows)]
        (anatomy / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def site(name, parent="body", paired="no", side="", overlaps="", flags="", synonyms=""):
    return (name, name, parent, paired, side, overlaps, synonyms, "", "", flags, "test")


BODY = site("body", "")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([BODY, site("arm", "trunk")], "sites.tsv:3: parent trunk is no site"),
        ([BODY, site("arm", "")], "sites.tsv:3: only body is without a parent"),
        ([BODY, site("a", "b"), site("b", "a")], "is part of itself"),
        ([BODY, site("arm"), site("arm")], "sites.tsv:4: second row for arm"),
        ([BODY, site("arm", overlaps="leg")], "sites.tsv:3: overlaps leg, which is no site"),
        ([BODY, site("arm", flags="big")], "unknown flag big"),
        ([BODY, site("arm", paired="maybe")], "paired must be yes or no"),
        ([BODY, site("arm", side="up")], "laterality must be one of"),
        ([BODY, site("arm"), site("leg", synonyms="arm")], "'arm' already names arm"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(tmp_path, rows, complaint):
    with pytest.raises(OntologyError, match=complaint):
        load_anatomy(write(tmp_path, rows))


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ({"sided": [("RLL", "lobe", "right", "t")]}, "sided_forms.tsv:2: lobe is no site"),
        ({"plurals": [("lobes", "lobe", "t")]}, "plurals.tsv:2: lobe is no site"),
        ({"sides": [("s", "up", "", "", "none", "no", "", "", "t")]}, "side_words.tsv:2: word, sides or takes"),
        ({"sides": [("s", "side", "(", "", "none", "no", "", "", "t")]}, "before is no regular expression"),
        ({"linking": [("in", "locates", "", "t"), ("in", "of", "", "t")]}, "linking_words.tsv:3: 'in' stands twice"),
        ({"linking": [("in", "inside", "", "t")]}, "unknown role 'inside'"),
    ],
)
def test_a_broken_rule_table_is_refused(tmp_path, tables, complaint):
    with pytest.raises(OntologyError, match=complaint):
        load_anatomy(write(tmp_path, [BODY], **tables))


def test_rules_that_are_not_there_leave_the_plain_side(tmp_path):
    words = list(load_side_words(write(tmp_path, [BODY])).find("shift to the right"))
    assert [word.sides for word in words] == [RIGHT]
