"""The anatomy: its tables hold together, its relations are relations, and labels find their site."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.model.codes import well_formed
from clinnote.model.laterality import BILATERAL, LEFT, MIDLINE, RIGHT, UNKNOWN
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.anatomy_tables import (
    NAME_COLUMNS,
    PART_COLUMNS,
    PLURAL_COLUMNS,
    SIDED_COLUMNS,
    SITE_COLUMNS,
)
from clinnote.ontology.linking import COLUMNS as LINKING_COLUMNS
from clinnote.ontology.side_words import COLUMNS as SIDE_COLUMNS
from clinnote.ontology.side_words import load_side_words
from clinnote.ontology.tables import read_table
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ANATOMY = load_anatomy(ONTOLOGIES)
SITES = st.sampled_from(sorted(ANATOMY.nodes))


def test_it_covers_the_body():
    assert len(ANATOMY.nodes) > 600
    for region in ("head", "neck", "chest", "abdomen", "pelvis", "spine", "upper_limb", "lower_limb"):
        assert sum(ANATOMY.is_part_of(site, region) for site in ANATOMY.nodes) >= 40, region


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
@given(SITES, SITES)
def test_overlap_is_inherited_by_the_whole(a, b):
    if ANATOMY.overlap(a, b):
        assert all(ANATOMY.overlap(whole, b) for whole in ANATOMY.ancestors(a))


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


@settings(deadline=None)
@given(SITES, SITES, SITES)
def test_the_common_whole_is_the_smallest(a, b, c):
    common = ANATOMY.common_whole(a, b)
    assert ANATOMY.is_part_of(a, common)
    assert ANATOMY.is_part_of(b, common)
    if ANATOMY.is_part_of(a, c) and ANATOMY.is_part_of(b, c):
        assert ANATOMY.is_part_of(common, c)


SERIES = sorted({node.series for node in ANATOMY.nodes.values() if node.series})
LEVELS = {name: [site for site, node in ANATOMY.nodes.items() if node.series == name] for name in SERIES}


def test_the_numbered_rows_are_whole():
    assert {name: len(LEVELS[name]) for name in SERIES} == {
        "dip": 4, "disc": 23, "facet": 11, "finger": 5, "foramen": 23, "mcp": 5, "metacarpal": 5, "metatarsal": 5,
        "mtp": 5, "nerve": 30, "pip": 4, "rib": 12, "toe": 5, "vertebra": 29,
    }  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(SERIES).flatmap(lambda name: st.tuples(*[st.sampled_from(LEVELS[name])] * 3)))
def test_levels_apart_is_a_metric_on_each_row(sites):
    a, b, c = sites
    apart = ANATOMY.levels_apart
    assert (apart(a, b) == 0) == (a == b)
    assert apart(a, b) == apart(b, a) == abs(ANATOMY.level(a) - ANATOMY.level(b))
    assert apart(a, c) <= apart(a, b) + apart(b, c)
    assert ANATOMY.series(a) == ANATOMY.series(b)


@settings(deadline=None)
@given(SITES, SITES)
def test_levels_of_two_rows_are_not_compared(a, b):
    if ANATOMY.series(a) != ANATOMY.series(b) or ANATOMY.series(a) is None:
        assert ANATOMY.levels_apart(a, b) is None


@pytest.mark.parametrize("site", sorted(ANATOMY.nodes))
def test_mirrored_twice_is_the_same_site(site):
    assert ANATOMY.mirror(ANATOMY.mirror(site)) == site
    if ANATOMY.paired(site):
        assert ANATOMY.mirror(site) == site


def test_what_has_its_side_in_its_name_has_a_counterpart():
    assert ANATOMY.mirror("left_atrium") == "right_atrium"
    assert ANATOMY.mirror("right_upper_quadrant") == "left_upper_quadrant"
    assert ANATOMY.mirror("spleen") == "spleen"


@given(SITES, st.sampled_from([UNKNOWN, LEFT, RIGHT, BILATERAL]))
def test_a_stated_side_holds_unless_it_belongs_to_the_name(site, stated):
    found = ANATOMY.side_at(site, stated)
    if ANATOMY.has(site, "side_in_name"):
        assert found == UNKNOWN
    else:
        assert found == (stated or ANATOMY.implied_side(site))


@pytest.mark.parametrize("site", [s for s in ANATOMY.nodes if ANATOMY.has(s, "fixed_side")])
def test_what_exists_on_one_side_only_names_it(site):
    assert ANATOMY.implied_side(site) in (LEFT, RIGHT)
    assert not ANATOMY.paired(site)


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ({"lower_pole", "kidney"}, {"kidney_lower_pole"}),
        ({"lower_pole", "thyroid_lobe"}, {"thyroid_lower_pole"}),
        ({"lower_pole", "thyroid"}, {"thyroid_lower_pole"}),
        ({"lower_pole", "spleen"}, {"spleen_lower_pole"}),
        ({"mid_gland", "prostate_peripheral_zone"}, {"prostate_midgland", "prostate_peripheral_zone"}),
        ({"clock_10", "breast"}, {"breast_clock_10"}),
        ({"clock_10", "breast_upper_outer_quadrant"}, {"breast_clock_10", "breast_upper_outer_quadrant"}),
        ({"clock_6", "anus"}, {"clock_6", "anus"}),
        ({"lower_pole"}, {"lower_pole"}),
        ({"lung"}, {"lung"}),
        (set(), set()),
    ],
)
def test_parts_that_several_organs_have_take_the_organ_beside_them(named, meant):
    assert ANATOMY.narrowed(frozenset(named)) == meant


@settings(deadline=None)
@given(st.sets(SITES, max_size=4))
def test_narrowing_twice_changes_nothing_more(sites):
    once = ANATOMY.narrowed(frozenset(sites))
    assert ANATOMY.narrowed(once) == once


NAME_ROWS = list(read_table(ONTOLOGIES / "anatomy" / "finding_names.tsv", NAME_COLUMNS))


@pytest.mark.parametrize("row", NAME_ROWS, ids=lambda row: row["form"])
def test_the_name_of_a_finding_is_read_as_its_own_place(row):
    for column, fires in (("example", True), ("counter_example", False)):
        start, end = row[column].index("["), row[column].index("]") - 1
        text = row[column].replace("[", "").replace("]", "")
        found = [
            site for begin, stop, site, _ in ANATOMY.sites_in(text) if begin == start and (not fires or stop == end)
        ]
        assert found, row[column]
        assert (found[0] == row["site"]) is fires, row[column]


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


def write(folder, sites, sided=(), plurals=(), sides=(), linking=(), parts=(), names=()):
    anatomy = folder / "anatomy"
    anatomy.mkdir(exist_ok=True)
    for name, columns, rows in (
        ("sites.tsv", SITE_COLUMNS, sites),
        ("sided_forms.tsv", SIDED_COLUMNS, sided),
        ("plurals.tsv", PLURAL_COLUMNS, plurals),
        ("side_words.tsv", SIDE_COLUMNS, sides),
        ("linking_words.tsv", LINKING_COLUMNS, linking),
        ("parts.tsv", PART_COLUMNS, parts),
        ("finding_names.tsv", NAME_COLUMNS, names),
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
        ({"parts": [("pole", "body", "body", "t")]}, "parts.tsv:2: pole is no site"),
        ({"parts": [("body", "body", "body", "t"), ("body", "body", "body", "t")]}, "parts.tsv:3: .* stands twice"),
        ({"names": [("groin hernia", "groin", "a", "b", "t")]}, "finding_names.tsv:2: groin is no site"),
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


LOCATIONS = (Path(__file__).parent / "typical_locations.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_typical_location_of_a_report_has_its_node_and_side(location):
    site, sides = ANATOMY.resolve(location)
    assert site is not None
    if not (ANATOMY.has(site, "side_in_name") or ANATOMY.has(site, "fixed_side")):
        assert {side.value for side in sides} == {"left", "right"} & set(location.split())
