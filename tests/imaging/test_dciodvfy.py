"""The objects that the tests read are valid DICOM, by the judgement of dciodvfy (Debian package dicom3tools)."""

import shutil
import subprocess

import pytest
from highdicom.seg import SegmentationTypeValues
from imaging_objects import KIDNEY, LEFT, NODULE, code, measured_report, rt_utils_rois, seg, segment
from pydicom.sequence import Sequence

pytestmark = pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")

LABELMAP_IS_NEWER = (
    "SegmentNumber not monotonically increasing from one by one",
    "Information Object Not found",
)
"""dicom3tools of Debian 12 knows no Label Map Segmentation (DICOM 2024c), whose background is segment 0."""
RT_UTILS_LEAVES_OUT = (
    "ReferringPhysicianName(0008,0090)",
    "AccessionNumber(0008,0050)",
    "OperatorsName(0008,1070)",
    "FrameOfReferenceUID(0020,0052)",
    "PositionReferenceIndicator(0020,1040)",
)
"""Attributes that rt-utils 1.2.7 does not write."""


def type_modifier(dataset):
    kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    kind.SegmentedPropertyTypeModifierCodeSequence = Sequence([code(LEFT)])


OBJECTS = {
    **{
        f"SR {kind}": (lambda kind=kind: measured_report(LEFT, kind=kind), ())
        for kind in ("planar", "volumetric", "image")
    },
    **{
        f"SEG {kind.value}": (
            lambda kind=kind: seg([segment(1, "lesion", NODULE)], [(1, 4)], kind),
            LABELMAP_IS_NEWER if kind is SegmentationTypeValues.LABELMAP else (),
        )
        for kind in SegmentationTypeValues
    },
    "SEG with type modifier": (lambda: seg([segment(1, "x", KIDNEY)], [(1, 4)], change=type_modifier), ()),
    "RTSTRUCT of rt-utils": (lambda: rt_utils_rois(("Lung_L", (1, 4))), RT_UTILS_LEAVES_OUT),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_it_is_valid_dicom(tmp_path, name):
    make, known = OBJECTS[name]
    path = tmp_path / "object.dcm"
    path.write_bytes(make())
    ran = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False, timeout=60)
    errors = [line for line in (ran.stdout + ran.stderr).splitlines() if line.startswith("Error")]
    assert [line for line in errors if not any(words in line for words in known)] == []
