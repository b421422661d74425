"""NIfTI masks: sides from names and from space (RAS turned to LPS), midline of the study, and what can't be used."""

import gzip
import io
import json

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinnote.errors import Reject
from clinnote.imaging.nifti.names import load_label_ids, names_of, place_of
from clinnote.imaging.read import read_image_labels
from clinnote.model.image_label import ImageLabel

RAS = np.diag([2.0, 2.0, 2.0, 1.0])
RAS[:3, 3] = (-100, -100, 0)
"""Voxel 50 lies at x = 0; a larger index is further to the patient's right."""
LAS = np.diag([-2.0, 2.0, 2.0, 1.0])
LAS[:3, 3] = (100, -100, 0)
"""As most CT is stored: a larger index is further to the patient's left."""
SHAPE = (100, 100, 10)


def volume(*boxes, shape=SHAPE, dtype=np.uint8):
    """Voxels of value v in [i0, i1) x [40, 60) x all slices, for each (v, i0, i1)."""
    data = np.zeros(shape, dtype=dtype)
    for value, start, end in boxes:
        data[start:end, 40:60, :] = value
    return data


def nifti(data, affine=RAS, codes=(1, 1), kind=nib.Nifti1Image, slope=None):
    image = kind(data, affine)
    image.header.set_qform(affine, code=codes[0])
    image.header.set_sform(affine, code=codes[1])
    if slope:
        image.header.set_slope_inter(*slope)
    data = bytearray(image.to_bytes())
    if codes == (0, 0):
        data[252:256] = bytes(4)  # qform_code and sform_code, which nibabel would not leave at 0
    return bytes(data)


def read(home, folder):
    found = list(read_image_labels([folder], home))
    return {x.finding.text: x for x in found if isinstance(x, ImageLabel)}, [x for x in found if isinstance(x, Reject)]


@pytest.fixture
def study(tmp_path, home):
    """Writes files of one study and reads them."""

    def write(**files):
        for name, data in files.items():
            path = tmp_path / "s0011" / name.replace("__", "/").replace("_json", ".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path = path if path.suffix else path.with_suffix(".nii.gz")
            path.write_bytes(data if path.suffix == ".json" else gzip.compress(data))
        return read(home, tmp_path)

    return write


@pytest.mark.parametrize(("affine", "side"), [(RAS, "right"), (LAS, "left")])
def test_space_gives_the_side_of_a_lesion(study, affine, side):
    labels, rejects = study(segmentations__lesion=nifti(volume((1, 70, 80)), affine))
    assert rejects == []
    label = labels["lesion"]
    assert (label.study_id, label.sides.values, label.sides.basis) == ("s0011", (side,), "oriented_geometry")
    assert (label.geometry.kind, label.geometry.x) == ("centroid", 49.0 if side == "left" else -49.0)
    assert label.metadata["volume_ml"] == 16.0
    assert label.metadata["extent_mm"] == [40.0, 20.0, 20.0]


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64, ">i2"])
def test_types_and_versions(read_file, kind, dtype):
    (label,) = read_file("case1_kidney_left.nii", nifti(volume((1, 20, 30), dtype=dtype), kind=kind))
    assert (label.study_id, label.finding.text, label.sides.values) == ("case1", "kidney_left", ("left",))
    assert label.geometry.x == 51.0


def test_names_and_space_are_both_kept(study):
    labels, _ = study(
        segmentations__kidney_left=nifti(volume((1, 20, 30))), segmentations__kidney_right=nifti(volume((1, 70, 80)))
    )
    for side in ("left", "right"):
        label = labels[f"kidney_{side}"]
        assert (label.sides.values, label.sides.basis, label.site.site) == ((side,), "label_text", "kidney")
        assert [s["values"] for s in label.metadata["sides_seen"]] == [[side], [side]]
        assert label.metadata["label_set"] == "totalsegmentator"


def test_a_name_against_space_shows_both(study):
    label = study(segmentations__kidney_left=nifti(volume((1, 80, 90))))[0]["kidney_left"]
    assert [s["values"] for s in label.metadata["sides_seen"]] == [["left"], ["right"]]


def test_the_midline_is_that_of_the_pair_not_zero(study):
    """A patient 60 mm off the middle: a lesion at x = +22 is on the right of the lungs' middle (+61)."""
    labels, _ = study(
        segmentations__lung_left=nifti(volume((1, 0, 10))),
        segmentations__lung_right=nifti(volume((1, 30, 40))),
        segmentations__lesion=nifti(volume((1, 38, 40))),
    )
    assert labels["lesion"].geometry.x > 0
    assert (labels["lesion"].sides.values, labels["lesion"].metadata["midline_mm"]) == (("right",), 61.0)


def test_the_outline_of_the_body_is_a_midline(study):
    labels, _ = study(
        segmentations__body=nifti(volume((1, 0, 60))), segmentations__lesion=nifti(volume((1, 40, 44))),
    )  # fmt: skip
    assert labels["lesion"].sides.values == ("right",)


def test_what_exists_once_has_no_side(study):
    label = study(segmentations__liver=nifti(volume((1, 70, 90))))[0]["liver"]
    assert (label.sides.values, label.metadata["geometry_side"]) == ((), "unpaired_structure")


def test_without_orientation_only_the_name_counts(study):
    labels, _ = study(
        segmentations__kidney_left=nifti(volume((1, 20, 30)), codes=(0, 0)),
        segmentations__lesion=nifti(volume((1, 20, 30)), codes=(0, 0)),
    )
    assert labels["kidney_left"].sides.values == ("left",)
    assert labels["lesion"].sides.values == ()
    assert labels["lesion"].metadata["geometry_side"] == "orientation_missing"
    assert labels["lesion"].geometry is None


@pytest.mark.parametrize("order", ["ct", "zz_t1"])
def test_a_mask_of_another_shape_than_its_image_is_named(tmp_path, home, order):
    image = np.random.default_rng(1).integers(-1000, 1000, SHAPE).astype(np.int16)
    for name, data in (
        ("ct", image),
        ("segmentations/kidney_left", volume((1, 20, 30))),
        ("segmentations/kidney_right", volume((1, 20, 30), shape=(50, 100, 10))),
    ):
        path = tmp_path / "s0011" / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(nifti(data)))
    labels, rejects = read(home, tmp_path)
    assert list(labels) == ["kidney_left"]
    assert {(x.reason, x.skipped) for x in rejects} == {("image_not_mask", True), ("mask_shape_differs", False)}
    shape = next(x for x in rejects if not x.skipped)
    assert "50 x 100 x 10" in shape.message
    assert shape.file.endswith("kidney_right.nii.gz")


TWO = ((1, 20, 30), (2, 70, 80))


def test_a_label_map_with_names_beside_it(study):
    labels, rejects = study(
        scan_seg=nifti(volume(*TWO, (3, 1, 3))),
        scan_seg_json=json.dumps({"labels": {"1": "lung_left", "lung_right": 2}}).encode(),
    )
    assert {name: x.sides.values for name, x in labels.items()} == {"lung_left": ("left",), "lung_right": ("right",)}
    assert [x.reason for x in rejects if not x.skipped] == ["unknown_label_value"]
    assert labels["lung_left"].source.pointer == "value 1 lung_left"


def test_a_label_map_with_names_in_its_header(read_file):
    image = nib.Nifti1Image(volume(*TWO), RAS)
    table = (
        '<?xml version="1.0" encoding="UTF-8"?><CaretExtension><VolumeInformation Index="0"><LabelTable>'
        '<Label Key="1" Red="1"><![CDATA[lung_left]]></Label><Label Key="2"><![CDATA[lung_right]]></Label>'
        "</LabelTable></VolumeInformation></CaretExtension>"
    )
    image.header.extensions.append(nib.nifti1.Nifti1Extension(0, table.encode()))
    found = read_file("any.nii.gz", gzip.compress(image.to_bytes()))
    assert sorted(x.finding.text for x in found) == ["lung_left", "lung_right"]


def test_a_label_map_of_totalsegmentator_is_known_by_its_name(read_file, home):
    found = read_file("case7_totalsegmentator.nii.gz", gzip.compress(nifti(volume((2, 70, 80), (3, 20, 30)))))
    assert {x.finding.text: x.sides.values for x in found} == {"kidney_left": ("left",), "kidney_right": ("right",)}
    known = load_label_ids(home.ontologies)
    assert {tool: len(names) for tool, names in known.items()} == {"totalseg": 117, "totalsegv1": 104, "totalsegmr": 50}
    assert all(sorted(names) == list(range(1, len(names) + 1)) for names in known.values())


def test_a_data_set_names_the_values_of_its_folder(tmp_path, home):
    (tmp_path / "labelsTr").mkdir()
    (tmp_path / "dataset.json").write_text('{"labels": {"0": "background", "1": "lung", "2": "cancer"}}')
    (tmp_path / "labelsTr" / "lung_003.nii.gz").write_bytes(gzip.compress(nifti(volume(*TWO))))
    labels, rejects = read(home, tmp_path)
    assert set(labels) == {"lung", "cancer"}
    assert labels["cancer"].study_id == "lung_003"
    assert not [x for x in rejects if not x.skipped]


@pytest.mark.parametrize(
    ("data", "reason", "skipped"),
    [
        (nifti(volume(*TWO)), "no_label_names", False),
        (nifti(volume()), "empty_mask", True),
        (nifti(np.zeros((4, 4, 4, 3), dtype=np.uint8)), "mask_4d", False),
        (nifti(np.linspace(0, 1, 1000).reshape(10, 10, 10)), "image_not_mask", True),
        (nifti(np.full((4, 4, 4), -5, dtype=np.int16)), "image_not_mask", True),
        (nifti(np.arange(8000, dtype=np.int16).reshape(20, 20, 20)), "image_not_mask", True),
        (nifti(np.full((4, 4, 4), np.nan)), "image_not_mask", True),
        (nifti(volume(*TWO))[:3000], "truncated_nifti", False),
        (nifti(volume(*TWO))[:360], "truncated_nifti", False),
        (gzip.compress(nifti(volume(*TWO)))[:-30], "truncated_nifti", False),
        (nifti(volume(*TWO)).replace(b"n+1\0", b"ni1\0", 1), "nifti_pair", False),
        (nifti(volume(*TWO))[:70] + b"\xff\x7f" + nifti(volume(*TWO))[72:], "bad_nifti", False),
    ],
)  # fmt: skip
def test_what_is_no_mask_is_named(read_file, data, reason, skipped):
    (reject,) = read_file("case1.nii.gz", data)
    assert (reject.reason, reject.skipped) == (reason, skipped)


def test_a_trailing_axis_of_one_and_a_flat_mask(read_file):
    data = volume((1, 20, 30))
    assert len(read_file("c_lesion.nii", nifti(data[..., None]))) == 1
    assert len(read_file("c_lesion.nii", nifti(data[:, :, 0]))) == 1


def test_masks_in_an_archive(tmp_path, home):
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for side, box in (("left", (1, 20, 30)), ("right", (1, 70, 80))):
            archive.writestr(f"s1/segmentations/lung_{side}.nii.gz", gzip.compress(nifti(volume(box))))
    (tmp_path / "x.zip").write_bytes(stream.getvalue())
    labels, rejects = read(home, tmp_path)
    assert ({x.study_id for x in labels.values()}, len(labels), rejects) == ({"s1"}, 2, [])


def test_the_same_masks_twice_come_once(tmp_path, home):
    folder = tmp_path / "s1" / "segmentations"
    folder.mkdir(parents=True)
    (folder / "lung_left.nii.gz").write_bytes(gzip.compress(nifti(volume((1, 20, 30)))))
    found = list(read_image_labels([tmp_path, tmp_path], home))
    assert sum(isinstance(x, ImageLabel) for x in found) == 1


@pytest.mark.parametrize(
    ("name", "study", "structure"),
    [
        ("/d/s0011/segmentations/kidney_left.nii.gz", "s0011", "kidney_left"),
        ("x.zip!/s0011/segmentations/rib_left_5.nii.gz", "s0011", "rib_left_5"),
        ("/d/s0011/kidney_left.nii.gz", "s0011", "kidney_left"),
        ("/d/s0011/ct.nii.gz", "s0011", None),
        ("/d/s0011/seg.nii.gz", "s0011", None),
        ("/d/labelsTr/case_012.nii.gz", "case_012", None),
        ("/d/imagesTr/case_012_0000.nii.gz", "case_012", None),
        ("/d/labels/case12_lesion_left.nii", "case12", "lesion_left"),
        ("/d/p/case12_seg.nii.gz", "case12", None),
        ("/d/sub-01/ses-2/anat/sub-01_ses-2_label-lesion_mask.nii.gz", "sub-01_ses-2", "lesion"),
    ],
)
def test_study_and_structure_in_a_name(places, name, study, structure):
    place = place_of(name, places)
    assert (place.study, place.name) == (study, structure)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ({"1": "a", "2": "b"}, {1: "a", 2: "b"}),
        ({"background": 0, "a": 1, "region": [1, 2]}, {1: "a"}),
        ([{"id": 1, "name": "a"}, {"value": "2", "name": "b"}, 3], {1: "a", 2: "b"}),
        ("a", {}), (None, {}), ({"1": None}, {}), ({"1": 2}, {}),
    ],
)  # fmt: skip
def test_shapes_of_label_tables(labels, names):
    assert names_of(labels) == names


@given(st.integers(0, 99), st.integers(0, 99), st.booleans(), st.integers(-60, 60))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_centre_is_where_nibabel_puts_it(read_file, start, end, flipped, shift):
    start, end = min(start, end), max(start, end) + 1
    affine = (LAS if flipped else RAS).copy()
    affine[0, 3] += shift
    (label,) = read_file("c_lesion.nii", nifti(volume((1, start, end)), affine))
    centre = nib.affines.apply_affine(affine, [(start + end - 1) / 2, 49.5, 4.5])
    assert (label.geometry.x, label.geometry.y, label.geometry.z) == tuple(np.round(centre * [-1, -1, 1], 2))
    letter = nib.aff2axcodes(affine)[0]
    if label.sides.values:
        towards = {"R": "right", "L": "left"}[letter]
        beyond = centre[0] > 0 if letter == "R" else centre[0] < 0
        assert (label.sides.values == (towards,)) == beyond


@pytest.mark.parametrize("step", [1e4, 1e18, 1e30])
def test_voxels_beyond_any_patient_are_named(study, step):
    affine = RAS.copy()
    affine[0, :2] = step, step / 2
    labels, (reject,) = study(segmentations__lesion=nifti(volume((1, 70, 80)), affine, codes=(0, 1)))
    assert (labels, reject.reason) == ({}, "bad_nifti")
