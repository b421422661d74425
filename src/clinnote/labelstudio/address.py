"""The address of a server: notes leave this machine encrypted or not at all."""

import ipaddress
from urllib.parse import urlsplit

from clinnote.errors import UsageError


def is_loopback(url: str) -> bool:
    """Whether the address can't leave this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_url(url: str, insecure: bool) -> str:
    """The server's address with a closing slash.

    Raises:
        UsageError: not an http(s) address, or unencrypted to another machine without ``insecure``.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an open bracket, a port that is no number or above 65535
        known = False
    if not known:
        raise UsageError("the address of Label Studio must look like https://studio.example.org")
    if parts.username or parts.query or parts.fragment:
        raise UsageError("the address of Label Studio must hold no user name, query or fragment")
    if parts.scheme == "http" and not insecure and not is_loopback(url):
        raise UsageError(
            f"{parts.hostname}: notes would cross the network unencrypted; use https://, or --insecure if the line is "
            "protected by other means"
        )
    return url.rstrip("/") + "/"
