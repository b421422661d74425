"""A second opinion on the labelling interface from Label Studio's own SDK, offline."""

from importlib import import_module, util

from clinnote.errors import OntologyError, UsageError


def sdk_installed() -> bool:
    """Whether the extra ``labelstudio`` is there."""
    return util.find_spec("label_studio_sdk") is not None


def check_interface(config: str) -> None:
    """Have ``label_studio_sdk`` prove a labelling interface.

    Raises:
        UsageError: the SDK is not installed.
        OntologyError: the SDK refuses the interface.
    """
    if not sdk_installed():
        raise UsageError("label-studio-sdk is not installed; pip install 'clinnote[labelstudio]'")
    interface = import_module("label_studio_sdk.label_interface").LabelInterface
    try:
        interface(config).validate()
    except Exception as error:  # noqa: BLE001 - the SDK raises whatever its parsers raise
        raise OntologyError(f"label-studio-sdk refuses the labelling interface ({type(error).__name__})") from None
