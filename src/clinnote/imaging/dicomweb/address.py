"""The address of a DICOMweb server, how patient, and who signs in: checked before anything is sent."""

import ipaddress
import netrc
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from clinnote.errors import ServerError, UsageError

_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_OWN: Final = ("limit", "offset", "includefield")
"""Query parameters that paging sets itself."""


@dataclass(frozen=True, slots=True)
class Login:
    """What requests are signed with: a bearer token, or a name and a password. Never shown."""

    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PacsOptions:
    """A server and how to talk to it. Made by :func:`pacs_options`.

    ``base`` ends with a slash and holds no credentials; ``timeout`` is seconds without a byte; ``tries`` and
    ``patience`` (seconds of waiting between tries) bound what one request may cost.
    """

    base: str
    host: str
    loopback: bool
    timeout: float = 60.0
    tries: int = 6
    patience: float = 120.0
    ca_file: Path | None = None


class Redirected(ServerError):  # noqa: N818 (what happened, and a ServerError by its base)
    """The server sends its callers to another one, which nobody named."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host}: redirects to another address; give that address itself if it is to be trusted")


def is_address(text: str) -> bool:
    """Whether an argument is the address of a server and no path."""
    return text.lower().startswith(("http://", "https://"))


def pacs_options(
    url: str, insecure: bool = False, timeout: float = 60.0, tries: int = 6, ca_file: Path | None = None
) -> PacsOptions:
    """The checked options of one server.

    Raises:
        UsageError: no address, one with credentials or a query, or unencrypted to another machine without
            ``insecure``. The message never repeats the address.
    """
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise UsageError("the address of a PACS must look like https://pacs.example.org/dicom-web")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the address of a PACS must hold no credentials; set CLINNOTE_PACS_TOKEN, or CLINNOTE_PACS_USER and "
            "CLINNOTE_PACS_PASSWORD, or name a file with --netrc"
        )
    if parts.query or parts.fragment:
        raise UsageError("the address of a PACS must hold no query; ask with --query StudyDate=20240101-20240131")
    loopback = _is_loopback(parts.hostname or "")
    if parts.scheme.lower() == "http" and not loopback and not insecure:
        raise UsageError(
            f"{parts.hostname}: patient data would cross the network unencrypted; use https://, or --insecure if the "
            "line is protected by other means"
        )
    base = f"{parts.scheme.lower()}://{parts.netloc}{parts.path.rstrip('/')}/"
    return PacsOptions(base, parts.netloc, loopback, timeout, tries, ca_file=ca_file)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_origin(url: str, base: str) -> bool:
    """Whether two addresses have scheme, host and port in common (RFC 6454)."""
    try:
        return _origin(url) == _origin(base)
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def find_login(options: PacsOptions, environ: Mapping[str, str], file: Path | None) -> Login | None:
    """The login from the environment, else from ``file`` or the user's netrc file; None for none.

    Raises:
        UsageError: the named file can't be read, or half of a login is set.
    """
    token, user = environ.get("CLINNOTE_PACS_TOKEN", "").strip(), environ.get("CLINNOTE_PACS_USER", "")
    password = environ.get("CLINNOTE_PACS_PASSWORD", "")
    if token:
        if not token.isascii() or not token.isprintable():
            raise UsageError("CLINNOTE_PACS_TOKEN holds characters that no token has")
        return Login(token=token)
    if user or password:
        if not (user and password):
            raise UsageError("set both CLINNOTE_PACS_USER and CLINNOTE_PACS_PASSWORD, or neither")
        return Login(user=user, password=password)
    return _from_netrc(options, environ, file)


def _from_netrc(options: PacsOptions, environ: Mapping[str, str], file: Path | None) -> Login | None:
    home = environ.get("HOME", "")
    named = file or (Path(environ["NETRC"]) if environ.get("NETRC") else None)
    place = named or (Path(home) / ".netrc" if home else None)
    if place is None or (named is None and not place.is_file()):
        return None
    try:
        found = netrc.netrc(str(place)).authenticators(urlsplit(options.base).hostname or "")
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        raise UsageError(f"{place}: can't be read as a netrc file") from None
    if found is None:
        if file is not None:
            raise UsageError(f"{place}: names no login for this host")
        return None
    return Login(user=found[0], password=found[2] or "")


def study_query(given: tuple[str, ...]) -> dict[str, str]:
    """``KEY=VALUE`` pairs of a QIDO-RS search for studies (PS3.18, section 8.3.4), keys checked.

    Raises:
        UsageError: no ``=``, a key that is neither a DICOM keyword nor a tag, or one that paging sets itself.
    """
    from pydicom.datadict import tag_for_keyword

    query: dict[str, str] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        key = key.strip()
        known = key == "fuzzymatching" or all(
            _TAG.fullmatch(part) or (part and tag_for_keyword(part) is not None) for part in key.split(".")
        )
        if not equals or key in _OWN or not known:
            raise UsageError("--query takes KEY=VALUE with a DICOM keyword or tag, such as StudyDate=20240101-20240131")
        if key in query:
            raise UsageError(f"--query {key} is given twice")
        query[key] = value.strip()
    return query
