"""clinnote: clinical annotation that can be trusted.

>>> import clinnote
>>> tagger = clinnote.load("radiology")
>>> tagged = tagger("FINDINGS: No pneumothorax. Small left pleural effusion.")
>>> [(m.text, m.polarity, m.laterality) for m in tagged.mentions if m.label == "finding"]
[('pneumothorax', 'negated', None), ('pleural effusion', 'affirmed', 'left')]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clinnote.workflow.api import Tagger, check, evaluate, load, read_image_labels, tag, to_frame

__version__ = "0.1.0"
__all__ = ["Tagger", "__version__", "check", "evaluate", "load", "read_image_labels", "tag", "to_frame"]


def __getattr__(name: str) -> Any:
    """The public functions, loaded when first used so that ``import clinnote`` costs nothing."""
    if name in __all__:
        return getattr(import_module("clinnote.workflow.api"), name)
    raise AttributeError(f"module 'clinnote' has no attribute {name!r}")
