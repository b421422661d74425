"""Names of structures in radiotherapy: by the rules of TG-263 in both orders, and as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import OntologyError
from clinnote.model.laterality import BILATERAL, LEFT, RIGHT, UNKNOWN, mirror
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.roi_names import COLUMNS, FILE, Namer, load_roi_names
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ANATOMY = load_anatomy(ONTOLOGIES)
NAMES = load_roi_names(ONTOLOGIES)
NAMER = Namer(ANATOMY, NAMES)


@pytest.mark.parametrize(
    ("primary", "reverse", "site", "sides"),
    [
        ("Lung_L", "L_Lung", "lung", LEFT),
        ("Kidney_R", "R_Kidney", "kidney", RIGHT),
        ("Femur_Head_L", "L_Head_Femur", "femoral_head", LEFT),
        ("A_Femoral_R", "R_Femoral_A", "femoral_artery", RIGHT),
        ("A_Iliac_Ext_L", "L_Ext_Iliac_A", "external_iliac_artery", LEFT),
        ("V_Jugular_Int_R", "R_Int_Jugular_V", "internal_jugular_vein", RIGHT),
        ("V_Venacava_S", "S_Venacava_V", "superior_vena_cava", UNKNOWN),
        ("A_Aorta_Asc", "Asc_Aorta_A", "ascending_aorta", UNKNOWN),
        ("Glnd_Submand_L", "L_Submand_Glnd", "submandibular_gland", LEFT),
        ("LN_Ax_R", "R_Ax_LN", "axillary_lymph_node", RIGHT),
        ("Musc_Masseter_L", "L_Masseter_Musc", "masseter", LEFT),
        ("Lobe_Temporal_L", "L_Temporal_Lobe", "temporal_lobe", LEFT),
        ("OpticNrv_R", "R_OpticNrv", "optic_nerve", RIGHT),
        ("CN_VII_L", "L_VII_CN", "facial_nerve", LEFT),
        ("VB_T05", "T05_VB", "vertebra_t5", UNKNOWN),
        ("VB_L1", "L1_VB", "vertebra_l1", UNKNOWN),
        ("VB_L", "L_VB", "lumbar_spine", UNKNOWN),
        ("Rib07_L", "L_Rib07", "rib_7", LEFT),
        ("Atrium_L", "L_Atrium", "left_atrium", UNKNOWN),
        ("Lung_RUL", "RUL_Lung", "upper_lobe", RIGHT),
        ("Colon_Ascending", "Ascending_Colon", "ascending_colon", RIGHT),
        ("SpinalCord", "SpinalCord", "spinal_cord", UNKNOWN),
    ],
)
def test_both_orders_name_one_structure(primary, reverse, site, sides):
    assert NAMES.place(primary, ANATOMY) == (site, sides)
    assert NAMES.place(reverse, ANATOMY) == (site, sides)
    assert NAMER.resolve(primary) == (site, sides)


@pytest.mark.parametrize(
    ("name", "site", "sides", "kind", "margin"),
    [
        ("LT LUNG", "lung", LEFT, "structure", None),
        ("lung lt", "lung", LEFT, "structure", None),
        ("LFemur", "femur", LEFT, "structure", None),
        ("Rt Parotid", "parotid_gland", RIGHT, "structure", None),
        ("FemoralHead_Rt", "femoral_head", RIGHT, "structure", None),
        ("bilateral hips", "hip", BILATERAL, "structure", None),
        ("Lunge links", "lung", LEFT, "structure", None),
        ("Niere re", "kidney", RIGHT, "structure", None),
        ("Parotis li", "parotid_gland", LEFT, "structure", None),
        ("Femurkopf_rechts", "femoral_head", RIGHT, "structure", None),
        ("Hüftkopf li.", "femoral_head", LEFT, "structure", None),
        ("PTV Mamma li", "breast", LEFT, "target", None),
        ("poumon droit", "lung", RIGHT, "structure", None),
        ("sein G", "breast", LEFT, "structure", None),
        ("Parotide_D", "parotid_gland", RIGHT, "structure", None),
        ("tête fémorale G", "femoral_head", LEFT, "structure", None),
        ("nerf optique D", "optic_nerve", RIGHT, "structure", None),
        ("kidney re", "kidney", UNKNOWN, "structure", None),
        ("PTV_G", None, UNKNOWN, "target", None),
        ("LN_D", "lymph_node", UNKNOWN, "structure", None),
        ("PTV_LtBreast", "breast", LEFT, "target", None),
        ("PTV Rt Breast 5040", "breast", RIGHT, "target", None),
        ("PTV_6000", None, UNKNOWN, "target", None),
        ("GTVp", None, UNKNOWN, "target", None),
        ("SpinalCord_PRV05", "spinal_cord", UNKNOWN, "margin", 5),
        ("OpticNrv_PRV03_L", "optic_nerve", LEFT, "margin", 3),
        ("Parotid_L_PRV3", "parotid_gland", LEFT, "margin", 3),
        ("Brainstem_PRV", "brainstem", UNKNOWN, "margin", None),
        ("~Lung_R", "lung", RIGHT, "derived", None),
        ("Lungs-GTV", "lung", UNKNOWN, "derived", None),
        ("Lung_L-PTV", "lung", LEFT, "derived", None),
        ("z_ring", None, UNKNOWN, "aid", None),
        ("Couch", None, UNKNOWN, "aid", None),
        ("", None, UNKNOWN, "structure", None),
    ],
)
def test_names_of_volumes_margins_and_help_structures(name, site, sides, kind, margin):
    roi = NAMES.read(name)
    assert NAMES.place(name, ANATOMY) == (site, sides)
    assert (roi.kind, roi.margin_mm) == (kind, margin)


PARTS = st.lists(st.sampled_from(["Lung", "Femur", "Kidney", "L", "R", "Lt", "PTV", "PRV05", "A", "lobe"]), max_size=5)


@given(PARTS)
def test_the_mirrored_name_names_the_mirrored_side(parts):
    swap = {"L": "R", "R": "L", "Lt": "Rt"}
    one, other = "_".join(parts), "_".join(swap.get(part, part) for part in parts)
    assert NAMES.read(other).sides == mirror(NAMES.read(one).sides)


@given(st.text(max_size=40))
def test_any_name_is_read(name):
    site, _ = NAMES.place(name, ANATOMY)
    assert site is None or site in ANATOMY.nodes


def test_the_smaller_of_two_structures_is_meant():
    assert NAMER.resolve("right lung base") == ("lung_base", RIGHT)
    assert NAMER.resolve("medial meniscus of the left knee") == ("medial_meniscus", LEFT)
    assert NAMER.resolve("left") == (None, LEFT)


def test_a_structure_is_what_the_whole_name_says():
    assert NAMER.structure("A_Femoral_L") == "femoral_artery"
    assert NAMER.structure("Lung") == "lung"
    assert NAMER.structure("PTV_LtBreast") is None
    assert NAMER.structure("kidney_cyst_left") is None


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("ptv\tgoal\tx\tt\n", r"roi_words\.tsv:2: unknown role 'goal'"),
        ("a\thead\tartery\tt\na\thead\tarea\tt\n", r"roi_words\.tsv:3: 'a' stands twice"),
    ],
)
def test_a_broken_table_names_file_and_line(tmp_path, rows, complaint):
    (tmp_path / "label_maps").mkdir()
    (tmp_path / "label_maps" / FILE).write_text("\t".join(COLUMNS) + "\n" + rows)
    with pytest.raises(OntologyError, match=complaint):
        load_roi_names(tmp_path)
