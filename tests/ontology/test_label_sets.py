"""The label sets that people publish: every class has its place, its side where it says one, and a concept."""

import pytest

from clinnote.model.laterality import BILATERAL, LEFT, RIGHT, UNKNOWN
from clinnote.ontology.anatomy import load_anatomy
from clinnote.ontology.label_maps import load_label_maps
from clinnote.ontology.roi_names import Namer, load_roi_names
from clinnote.settings import find_home

ONTOLOGIES = find_home().ontologies
ANATOMY = load_anatomy(ONTOLOGIES)
MAPS = load_label_maps(ONTOLOGIES)
NAMER = Namer(ANATOMY, load_roi_names(ONTOLOGIES))


def of(label_set):
    return {meaning.text: meaning for meaning in MAPS if meaning.set == label_set}


def test_every_set_has_its_table():
    counts = {name: len(of(name)) for name in MAPS.sets()}
    assert counts["chest_imagenome"] == 36
    assert counts["vindr_cxr"] == 28
    assert counts["chexpert"] == 14
    assert counts["nih_chestxray14"] == 16  # with "Infiltrate" of the box file and "No Finding"
    assert counts["totalsegmentator"] >= 170
    assert counts["padchest_location"] >= 104
    assert {"brats", "cbis_ddsm", "chestx_det", "deeplesion", "inbreast", "lidc", "mura", "padchest", "rsna"} <= set(
        counts
    )


@pytest.mark.parametrize("meaning", of("totalsegmentator").values(), ids=lambda meaning: meaning.text)
def test_every_class_of_totalsegmentator_has_its_place_and_side(meaning):
    assert meaning.site is not None
    said = {side for word, side in (("_left", "left"), ("_right", "right")) if word in meaning.text}
    sides = {side.value for side in meaning.sides}
    if ANATOMY.has(meaning.site, "side_in_name"):
        assert not sides, "the side belongs to the structure, not to a finding in it"
    elif ANATOMY.has(meaning.site, "fixed_side"):
        assert sides == {side.value for side in ANATOMY.implied_side(meaning.site)}
    else:
        assert sides == said


@pytest.mark.parametrize(
    ("text", "site", "sides"),
    [
        ("atrial_appendage_left", "left_atrial_appendage", UNKNOWN),
        ("heart_atrium_left", "left_atrium", UNKNOWN),
        ("brachiocephalic_vein_left", "brachiocephalic_vein", LEFT),
        ("iliac_vena_left", "iliac_vein", LEFT),
        ("portal_vein_and_splenic_vein", "portosplenic_confluence", UNKNOWN),
        ("kidney_cyst_left", "kidney", LEFT),
        ("lung_middle_lobe_right", "middle_lobe", RIGHT),
        ("vertebrae_L1", "vertebra_l1", UNKNOWN),
        ("breast", "breast", UNKNOWN),
        ("ventricle", "cerebral_ventricle", UNKNOWN),
    ],
)
def test_traps_of_totalsegmentator(text, site, sides):
    meaning = of("totalsegmentator")[text]
    assert (meaning.site, meaning.sides) == (site, sides)


@pytest.mark.parametrize("meaning", of("chest_imagenome").values(), ids=lambda meaning: meaning.text)
def test_every_region_of_chest_imagenome_resolves_by_its_own_words(meaning):
    assert NAMER.resolve(meaning.text) == (meaning.site, meaning.sides)


@pytest.mark.parametrize(
    ("text", "site", "sides"),
    [
        ("loc middle lobe", "middle_lobe", RIGHT),
        ("loc minor fissure", "minor_fissure", RIGHT),
        ("loc lingula", "lingula", LEFT),
        ("loc retrocardiac", "retrocardiac_region", UNKNOWN),
        ("loc superior cave vein", "superior_vena_cava", UNKNOWN),
        ("loc hilar bilateral", "hilum", BILATERAL),
        ("loc left", None, LEFT),
    ],
)
def test_places_of_padchest_carry_their_side(text, site, sides):
    (meaning,) = MAPS.find(text)
    assert (meaning.site, meaning.sides) == (site, sides)


def test_words_of_one_body_part_count_only_where_their_set_is_named():
    assert all(meaning.site is None for meaning in MAPS.find("Mass"))
    (meaning,) = MAPS.find("Mass", "vindr_mammo")
    assert meaning.site == "breast"
    assert MAPS.find("ET") == ()
    assert "cerebral_edema" in MAPS.find("ED", "brats")[0].concepts


def test_absence_means_something_only_where_every_image_was_read():
    assert "Pneumothorax" in MAPS.complete_for("vindr_cxr")
    assert "subdural" in MAPS.complete_for("rsna")
    for mined in ("nih_chestxray14", "chexpert", "padchest", "deeplesion", "totalsegmentator", "no such set"):
        assert MAPS.complete_for(mined) == ()
