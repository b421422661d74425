"""What the words of a name, and those around it, say about its place."""

import pytest

from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.linking import NAME_COLUMNS
from clinnote.ontology.tables import read_table
from clinnote.pipeline.records import Concept
from clinnote.pipeline.sites.names import Names
from clinnote.pipeline.sites.ranges import Ranges
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ANATOMY = load_anatomy(ONTOLOGIES)
NAMES = Names(ANATOMY)
ROWS = list(read_table(ONTOLOGIES / "anatomy" / "name_words.tsv", NAME_COLUMNS))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['word']} beside {row['beside']}")
def test_a_word_of_a_name_places_it_beside_another(row):
    name, _, implied = row["example"].partition(" @")
    concept = Concept(0, len(name), "finding", "it", sites=(implied,) if implied else ())
    assert row["site"] in ANATOMY.nodes
    assert row["site"] in [site.site for site in NAMES.of(concept, name).sites]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['word']} beside {row['beside']}")
def test_the_word_alone_does_not_place_it(row):
    name = f"{row['word']} change"
    assert row["site"] not in [
        site.site for site in NAMES.of(Concept(0, len(name), "finding", "it"), name).sites
    ] or ANATOMY.find_form(row["word"])


@pytest.mark.parametrize(
    ("text", "site", "more"),
    [
        ("3rd-5th ribs", "rib_5", ("rib_3", "rib_4")),
        ("third through fifth ribs", "rib_5", ("rib_3", "rib_4")),
        ("T11 to L1", "vertebra_l1", ("vertebra_t11", "vertebra_t12")),
        ("5th-3rd ribs", "rib_3", ()),
        ("13th-5th ribs", "rib_5", ()),
        ("5th ribs", "rib_5", ()),
        ("3-5 mm of the fifth rib", "rib_5", ()),
    ],
)
def test_a_range_before_the_name(text, site, more):
    start = text.rfind(" ") - 3 if text.endswith("ribs") and "through" not in text else text.rfind("fifth")
    if "T11" in text:
        start = text.index("L1")
    assert Ranges(ANATOMY).before(text, start, site)[1] == more


@pytest.mark.parametrize(
    ("behind", "sites"),
    [
        (" 3-5 and 7", ("rib_3", "rib_4", "rib_5", "rib_7")),
        (" 3, 4", ("rib_3", "rib_4")),
        (" 3 through 5", ("rib_3", "rib_4", "rib_5")),
        (" 3 mm", ()),
        (" 44", ()),
        (" are intact", ()),
    ],
)
def test_numbers_behind_the_name(behind, sites):
    text = "ribs" + behind
    assert Ranges(ANATOMY).behind(text, 4, "rib")[1] == sites


def test_a_place_whose_name_runs_into_that_of_the_finding_has_the_side_before_it(radiology):
    (mention,) = [m for m in radiology("Right maxillary and left frontal sinus disease.").mentions if m.sites[1:]]
    assert {site.text: site.laterality for site in mention.sites} == {"maxillary": "right", "frontal sinus": "left"}
