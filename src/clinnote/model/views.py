"""What the name of a view tells: whether left and right lie beside each other on the image."""

import re
from typing import Final

NOT_FRONTAL: Final = re.compile(
    r"\b(LL|RL|LAT|LATERAL|LLD|RLD|DECUBITUS|LLO|RLO|RAO|LAO|RPO|LPO|OBLIQUE|SAGITTAL|CC|MLO|LMO|LM|ML|XCCL|SIO)\b"
)
"""DICOM View Position (0018,5101) and the words for such views, in capitals."""


def is_lateral(view: str) -> bool:
    """Whether the name of a view is that of a lateral, oblique, decubitus, sagittal or breast view."""
    return NOT_FRONTAL.search(view.upper().replace("_", " ")) is not None
