"""One DICOMweb server over HTTP: only its own address is called, failures are tried again for a bounded time.

Error messages name the server, the resource and the status. They hold no query (it may name a patient), no body and
no credentials.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin

import httpx

from clinnote.errors import ServerError, UsageError
from clinnote.imaging.dicomweb.address import Login, PacsOptions, Redirected, same_origin

_LOG: Final = logging.getLogger(__name__)
_AGAIN: Final = frozenset((408, 429, 500, 502, 503, 504))
_HOPS: Final = 3
_LARGEST: Final = 2**31
"""Bytes of one answer, unpacked; an object beyond is set aside."""
_DENIED: Final = (401, 407)
_UNTRUSTED: Final = (
    "its certificate is not trusted; name the file of the hospital's certificate authority with --ca-file"
)


class RefusedError(Exception):
    """One resource can't be had; the others may. ``reason`` is a stable code, the message names the status."""

    def __init__(self, reason: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, content type (lower case, with parameters as given), whether more results were announced, and body."""

    status: int
    kind: str
    more: bool
    body: bytes


class Server:
    """The server at one base address; a context manager that closes its connections.

    Args:
        options: Address, time-outs and trust.
        login: What the requests are signed with; None for none.
        transport: In place of the network, for tests.
        sleep: In place of waiting, for tests.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        options: PacsOptions,
        login: Login | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base = options.base
        self.name = options.host
        self._options = options
        self._sleep = sleep
        self._clock = clock
        self._answered = False
        self._client = httpx.Client(
            timeout=httpx.Timeout(options.timeout, connect=min(options.timeout, 15.0)),
            verify=_trust(options),
            transport=transport,
            trust_env=not options.loopback,  # a proxy meant for the outside must not see calls to this machine
            auth=(login.user, login.password) if login and login.user else None,
            headers={"Authorization": f"Bearer {login.token}"} if login and login.token else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, accept: str, params: Mapping[str, str] | None = None) -> Answer:
        """The answer to GET of a resource below the base address.

        Raises:
            RefusedError: this resource can't be had.
            ServerError: the server is not there (any more), or does not accept the credentials.
        """
        waited, tries = 0.0, 0
        while True:
            tries += 1
            try:
                answer, wait = self._once(path, accept, params or {})
            except httpx.RequestError as error:
                self._check_fatal(error)
                answer, wait = None, None
            if answer is not None and answer.status not in _AGAIN:
                return self._accepted(answer, path)
            pause = min(0.5 * 2 ** (tries - 1), 30.0) if wait is None else wait
            few = answer is not None and answer.status == 500 and tries >= 3  # most often one broken object
            if few or tries >= self._options.tries or waited + pause > self._options.patience:
                return self._give_up(answer, path)
            _LOG.info(
                "%s: %s; next try in %.1f s", self.name, f"HTTP {answer.status}" if answer else "no answer", pause
            )
            self._sleep(pause)
            waited += pause

    def _once(self, path: str, accept: str, params: Mapping[str, str]) -> tuple[Answer, float | None]:
        """(answer, seconds that the server asks to wait)."""
        url, query = self.base + path, dict(params)
        for _ in range(_HOPS):
            deadline = self._clock() + 20 * self._options.timeout
            with self._client.stream("GET", url, params=query or None, headers={"Accept": accept}) as response:
                self._answered = True
                if not response.is_redirect:
                    return self._received(response, path, deadline), _asked_wait(response)
                url, query = self._next(url, response), {}
        raise RefusedError("redirected", f"{self.name} redirects in a circle: {path}")

    def _received(self, response: httpx.Response, path: str, deadline: float) -> Answer:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _LARGEST:
                raise RefusedError("too_large", f"{path}: more than {_LARGEST >> 20} MB")
            if self._clock() > deadline:
                raise httpx.ReadTimeout("the answer never ends")
        warning = response.headers.get("warning", "").lstrip().startswith("299")
        return Answer(response.status_code, response.headers.get("content-type", ""), warning, bytes(body))

    def _next(self, url: str, response: httpx.Response) -> str:
        target: str = urljoin(url, response.headers.get("location", ""))
        if not same_origin(target, self.base):
            raise Redirected(self.name)
        return target

    def _accepted(self, answer: Answer, path: str) -> Answer:
        if answer.status in _DENIED:
            raise ServerError(
                f"{self.name}: the credentials are not accepted (HTTP {answer.status}); set CLINNOTE_PACS_TOKEN, or "
                "CLINNOTE_PACS_USER and CLINNOTE_PACS_PASSWORD, or name a file with --netrc"
            )
        if answer.status >= 300:
            raise RefusedError("server_refused", f"HTTP {answer.status} for {path}", answer.status)
        return answer

    def _check_fatal(self, error: httpx.RequestError) -> None:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                raise ServerError(f"{self.name}: {_UNTRUSTED}") from None
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
            raise ServerError(f"{self.name}: can't be reached through the proxy of this machine") from None
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not self._answered:
            raise ServerError(f"{self.name}: no server answers there; check the address and the network") from None

    def _give_up(self, answer: Answer | None, path: str) -> Answer:
        """Set one resource aside when the server still answers for others, else end the run."""
        status = f"HTTP {answer.status}" if answer else "no answer"
        if self._alive():
            raise RefusedError(
                "server_failed", f"{status} for {path}, again and again", answer.status if answer else None
            )
        raise ServerError(
            f"{self.name}: {status}, again and again; what is done is kept, and the same command goes on from there"
        )

    def _alive(self) -> bool:
        try:
            answer, _ = self._once("studies", "application/dicom+json", {"limit": "1"})
        except (httpx.RequestError, RefusedError):
            return False
        return answer.status not in _AGAIN


def _trust(options: PacsOptions) -> ssl.SSLContext | bool:
    if options.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(options.ca_file))
    except (OSError, ssl.SSLError):
        raise UsageError(f"{options.ca_file}: can't be read as certificates in PEM form") from None


def _asked_wait(response: httpx.Response) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, section 10.2.3: a number or a date); None without one."""
    said = response.headers.get("retry-after", "").strip()
    if said.isdecimal() and len(said) < 7:
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()) if said else None
    except (ValueError, TypeError):
        return None
