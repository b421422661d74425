"""The concepts of DICOM content that labels are made of (PS3.16), and what sides and presences are called.

Names by words are for private coding schemes: some writers code "Finding Site" in a scheme of their own.
"""

from collections.abc import Mapping
from typing import Final

from clinnote.model.codes import LOINC, RADLEX, SNOMED
from clinnote.model.laterality import BILATERAL, LEFT, MIDLINE, RIGHT, Sides

DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
UCUM: Final = "http://unitsofmeasure.org"
UMLS: Final = "http://www.nlm.nih.gov/research/umls"

Key = tuple[str, str]
"""(system URI, code)."""

FINDING: Final = (DCM, "121071")
SINGLE_IMAGE_FINDING: Final = (DCM, "111059")
COMPOSITE_FEATURE: Final = (DCM, "111015")
CLOCK_OR_REGION: Final = (DCM, "111014")
QUADRANT: Final = (DCM, "111048")
LOCATION_IN_CHEST: Final = (DCM, "112013")
RENDERING_INTENT: Final = (DCM, "111056")
PRESENTATION_OPTIONAL: Final = (DCM, "111151")
NOT_FOR_PRESENTATION: Final = (DCM, "111152")
IMAGE_VIEW: Final = (DCM, "111031")
ORIENTATION_ROW: Final = (DCM, "111044")
ORIENTATION_COLUMN: Final = (DCM, "111043")
PIXEL_ROWS: Final = (DCM, "110910")
PIXEL_COLUMNS: Final = (DCM, "110911")
ALGORITHM_NAME: Final = (DCM, "111001")
TRACKING_UID: Final = (DCM, "112040")
TITLE_MODIFIER: Final = (DCM, "113011")
QUALITATIVE_EVALUATIONS: Final = (UMLS, "C0034375")
FINDINGS: Final = (DCM, "121070")
FINDINGS_SECTION: Final = (LOINC, "59776-5")
IMPRESSIONS: Final = (DCM, "121072")
REPORT_TEXT: Final = frozenset((DCM, code) for code in ("121071", "121073", "121077", "121111", "111033", "113012"))
"""Finding, impression, conclusion, summary, key object description: what stands here as text is free text."""

NO_FINDINGS: Final = frozenset((DCM, code) for code in ("111099", "111100", "111101", "111102", "112005")) | {
    (SNOMED, "24142002"),
    (SNOMED, "129715009"),
}
"""What CAD marks as "finding" but is none: selected region, breast geometry, image quality, non-lesion, radiographic
anatomy, nipple, breast composition (CID 6014, 6101)."""

FINDING_CATEGORY: Final = (SNOMED, "276214006")
FINDING_SITE: Final = (SNOMED, "363698007")
TARGET_REGION: Final = (DCM, "123014")
LATERALITY: Final = (SNOMED, "272741003")
IMAGE_LATERALITY: Final = (DCM, "111027")
TOPOGRAPHICAL_MODIFIER: Final = (SNOMED, "106233006")
MEASUREMENT_GROUP: Final = (DCM, "125007")
TRACKING_IDENTIFIER: Final = (DCM, "112039")
PERSON_OBSERVER: Final = (DCM, "121008")
DEVICE_OBSERVER: Final = (DCM, "121013")
MODALITY: Final = (DCM, "121139")
PRESENCE_OF_PROPERTY: Final = (DCM, "121052")
BACKGROUND: Final = (DCM, "125040")

LENGTHS: Final = frozenset(
    (SNOMED, code)
    for code in (
        "81827009",
        "103339001",
        "103340004",
        "410668003",
        "103355008",
        "131197000",
        "131187009",
        "131188004",
        "131189007",
        "131192006",
    )
) | {(DCM, code) for code in ("121206", "121207", "121227")}
"""Diameter, long, short, major, minor and perpendicular axis, length, width, depth, circumscribed circle, distance,
height, line segment (CID 7470); no radius, perimeter or path."""

GENERIC_TYPES: Final = frozenset((SNOMED, code) for code in ("85756007", "49755003", "123037004", "309825002"))
"""Segment types that name no finding: tissue, morphologically altered structure, anatomical structure, spatial
concept. The segment's own label says more."""

PRESENCES: Final[Mapping[tuple[str, str], str]] = {
    (SNOMED, "52101004"): "present",
    (DCM, "121053"): "present",
    (SNOMED, "10828004"): "present",
    (SNOMED, "373066001"): "present",
    (SNOMED, "272519000"): "absent",
    (DCM, "121054"): "absent",
    (SNOMED, "260385009"): "absent",
    (SNOMED, "373067005"): "absent",
    (SNOMED, "410516002"): "absent",
    (SNOMED, "280416009"): "uncertain",
    (SNOMED, "415684004"): "uncertain",
    (SNOMED, "82334004"): "uncertain",
    (DCM, "121059"): "uncertain",
    (SNOMED, "64957009"): "uncertain",
    (SNOMED, "42425007"): "uncertain",
    (SNOMED, "373068000"): "uncertain",
}
"""Values of a presence (CID 240, 241, 230, 250): present, yes; absent, negative, no; suspected, undetermined."""

PRESENCE_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("present", "yes", "positive", "true", "definite", "confirmed", "detected", "seen"), "present"),
    **dict.fromkeys(
        ("absent", "no", "negative", "false", "none", "not present", "not seen", "not detected", "not identified"),
        "absent",
    ),
    **dict.fromkeys(
        ("possible", "probable", "suspected", "equivocal", "indeterminate", "uncertain", "undetermined", "unknown"),
        "uncertain",
    ),
}
"""The same in words, for codes of private schemes."""

NAMES: Final[Mapping[str, Key]] = {
    "finding": FINDING,
    "finding site": FINDING_SITE,
    "findingsite": FINDING_SITE,
    "anatomic location": FINDING_SITE,
    "laterality": LATERALITY,
    "side": LATERALITY,
    "image laterality": IMAGE_LATERALITY,
    "measurement group": MEASUREMENT_GROUP,
    "tracking identifier": TRACKING_IDENTIFIER,
    "topographical modifier": TOPOGRAPHICAL_MODIFIER,
}
"""Concept names of private schemes by their meaning in lower case."""

SIDES: Final[Mapping[tuple[str, str], Sides]] = {
    (SNOMED, "7771000"): LEFT,
    (SNOMED, "24028007"): RIGHT,
    (SNOMED, "51440002"): BILATERAL,
    (SNOMED, "419161000"): LEFT,
    (SNOMED, "419465000"): RIGHT,
    (SNOMED, "31156008"): LEFT,
    (SNOMED, "85421007"): RIGHT,
    (SNOMED, "80248007"): LEFT,
    (SNOMED, "73056007"): RIGHT,
    (SNOMED, "63762007"): BILATERAL,
    (SNOMED, "40638003"): BILATERAL,
    (SNOMED, "399488007"): MIDLINE,
    (SNOMED, "260528009"): MIDLINE,
    (DCM, "130290"): MIDLINE,
    (RADLEX, "RID5824"): LEFT,
    (RADLEX, "RID5825"): RIGHT,
    (RADLEX, "RID5771"): BILATERAL,
}
"""DICOM CID 2, 244, 245 and 6022; FHIR R4 bodysite-laterality; SNOMED CT halves of the body; RadLex."""
