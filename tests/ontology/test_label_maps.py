import pytest

from clinnote.errors import OntologyError
from clinnote.model.laterality import LEFT
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.concepts import load_concepts
from clinnote.ontology.families import load_families
from clinnote.ontology.label_maps import load_label_maps, normalise
from clinnote.settings import find_home

HEADER = "set\ttext\tconcept\tsite\tside\tabsence\tcomplete\tasked\tsource\n"


@pytest.fixture(scope="module")
def ontologies():
    return find_home().ontologies


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "label_maps").mkdir()
    (tmp_path / "families").mkdir()
    return tmp_path


def test_every_concept_and_site_of_the_shipped_tables_exists(ontologies):
    concepts, anatomy = load_concepts(ontologies), load_anatomy(ontologies)
    for meaning in load_label_maps(ontologies):
        assert set(meaning.concepts) <= set(concepts), meaning.text
        assert meaning.site is None or meaning.site in anatomy.nodes, meaning.text
    assert set(load_families(ontologies).of) <= set(concepts)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Pleural_Thickening", "pleural_thickening"),
        ("pleural effusion", "pleural_effusion"),
        ("Pulmonary Atelectasis", "atelectasis"),
        ("Cicatrix", "scarring"),
        ("Nodule/Mass", "nodule"),
        ("Infiltrate", "infiltrate"),
    ],
)
def test_labels_lead_to_concepts(ontologies, text, concept):
    assert any(concept in meaning.concepts for meaning in load_label_maps(ontologies).find(text))


def test_no_finding_states_absence(ontologies):
    maps = load_label_maps(ontologies)
    assert all(meaning.absence for meaning in maps.find("No Finding"))
    assert maps.find("no such label") == ()


def test_one_set_can_be_asked_alone(ontologies):
    (meaning,) = load_label_maps(ontologies).find("Edema", "chexpert")
    assert meaning.set == "chexpert"


def test_normalise():
    assert normalise("  Lung, Hyperlucent_2 ") == "lung hyperlucent 2"


def test_a_row_says_site_and_side(folder):
    row = "mine\tLUL nodule\tnodule|mass\tupper_lobe\tleft\t\tyes\t\tmine\n"
    (folder / "label_maps" / "mine.tsv").write_text(HEADER + row)
    (meaning,) = load_label_maps(folder).find("lul NODULE")
    assert (meaning.concepts, meaning.site, meaning.sides) == (("nodule", "mass"), "upper_lobe", LEFT)
    assert load_label_maps(folder).complete_for("mine") == ("LUL nodule",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a\tx\tnodule\t\tsinister\t\t\t\ts\n", "mine.tsv:2: laterality must be"),
        ("a\tx\tnodule\t\t\tno\t\t\ts\n", "mine.tsv:2: absence must be"),
        ("a\tx\tnodule\t\t\t\tno\t\ts\n", "mine.tsv:2: complete must be"),
        ("a\tx\tnodule\t\t\t\t\tno\ts\n", "mine.tsv:2: asked must be"),
        ("a\tX y\tnodule\t\t\t\t\t\ts\na\tx_Y\tmass\t\t\t\t\t\ts\n", "mine.tsv:3: 'x_Y' stands twice"),
        ("a\tx\n", "mine.tsv:2: 2 cells"),
    ],
)
def test_a_broken_table_names_file_and_line(folder, rows, message):
    (folder / "label_maps" / "mine.tsv").write_text(HEADER + rows)
    with pytest.raises(OntologyError, match=message):
        load_label_maps(folder)


def test_no_tables_at_all(folder):
    with pytest.raises(OntologyError, match="no table"):
        load_label_maps(folder)


def test_families_share(folder):
    table = "family\tconcept\twhy\nfluid\teffusion\tw\nfluid\tblunting\tw\nair\tpneumothorax\tw\n"
    (folder / "families" / "findings.tsv").write_text(table)
    families = load_families(folder)
    assert families.share(frozenset({"effusion"}), frozenset({"blunting", "other"}))
    assert families.share(frozenset({"other"}), frozenset({"other"}))
    assert not families.share(frozenset({"effusion"}), frozenset({"pneumothorax"}))
    assert not families.share(frozenset(), frozenset({"effusion"}))


def test_a_concept_twice_in_a_family(folder):
    (folder / "families" / "findings.tsv").write_text("family\tconcept\twhy\na\tx\tw\na\tx\tw\n")
    with pytest.raises(OntologyError, match=r"findings\.tsv:3"):
        load_families(folder)
