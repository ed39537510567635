"""A small blocking HTTP client. A sandbox runs one attempt of one job, and may block."""

from __future__ import annotations

import re
import time
from calendar import timegm
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from . import jsontext

Headers = list[tuple[str, str]]
Kind = Literal["invalid", "denied", "connect", "timeout", "broken", "too-large", "unreadable"]

_WORDS: dict[Kind, str] = {
    "invalid": "the request cannot be sent",
    "denied": "the plugin's grant does not allow this request",
    "connect": "no connection",
    "timeout": "no answer in time",
    "broken": "the connection broke",
    "too-large": "the answer is too large",
    "unreadable": "the answer cannot be read",
}


class HttpError(Exception):
    """The reason why there is no response. A task that does not catch it is retried if `retryable`, else it fails."""

    def __init__(self, kind: Kind, detail: str) -> None:
        """Keep the kind and the detail."""
        super().__init__(f"{_WORDS[kind]}: {detail}")
        self.kind: Kind = kind
        self.detail = detail

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in ("connect", "timeout", "broken")


@dataclass(frozen=True)
class Timeouts:
    """The timeout of each phase of a request in seconds. The host may allow less."""

    connect: float = 10.0
    first_byte: float = 60.0
    between_bytes: float = 60.0


@dataclass(frozen=True)
class Request:
    """A request to send."""

    method: str
    url: str
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    timeouts: Timeouts = Timeouts()

    def header(self, name: str) -> str | None:
        """Return the first header of this name, in any letter case."""
        return _first(self.headers, name)


@dataclass(frozen=True)
class Response:
    """A complete response."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8; other bytes are replaced by U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self, kind: Any = Any) -> Any:
        """Return the body as JSON, of this type. ValueError: it is no JSON, or does not fit."""
        return jsontext.loads(self.body, kind)

    def header(self, name: str) -> str | None:
        """Return the first header of this name, in any letter case."""
        return _first(self.headers, name)

    def retry_after(self, now: float | None = None) -> float | None:
        """Return the delay in seconds that the server requests (Retry-After), counted from `now` (Unix time)."""
        value = (self.header("retry-after") or "").strip()
        if value.isascii() and value.isdigit():
            # A number of any length is a delay; beyond 15 digits the value no longer matters.
            return float(value[:15]) if len(value) <= 15 else 1e15
        until = _http_date(value)
        if until is None:
            return None
        return max(0.0, until - (time.time() if now is None else now))


class Client:
    """Sends requests. The host follows no redirects."""

    def __init__(self, send: Callable[[Request], Response]) -> None:
        """Send by this function."""
        self._send = send

    def get(self, url: str, **options: Any) -> Response:
        """Send a GET request; the options are those of `request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        """Send a POST request; the options are those of `request`."""
        return self.request("POST", url, **options)

    def request(  # noqa: PLR0913 the parts of a request, by name
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        bearer: str | None = None,
        json: Any = None,
        body: bytes | str = b"",
        timeout: float | Timeouts | None = None,
    ) -> Response:
        """Send a request and wait for the whole response, of any status.

        `json` is sent as JSON (for null, send `body`), `bearer` as the authorization: the placeholder of a secret, for
        instance. A timeout in seconds is that of every phase. HttpError says why there is no response.
        """
        lines = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        if bearer is not None:
            lines.append(("authorization", f"Bearer {bearer}"))
        content = body.encode() if isinstance(body, str) else body
        if json is not None:
            lines.append(("content-type", "application/json"))
            content = jsontext.dumps(json).encode()
        split(url)
        return self._send(Request(method.upper(), url, lines, content, _timeouts(timeout)))


def _timeouts(timeout: float | Timeouts | None) -> Timeouts:
    if timeout is None:
        return Timeouts()
    return timeout if isinstance(timeout, Timeouts) else Timeouts(timeout, timeout, timeout)


def _first(headers: Headers, name: str) -> str | None:
    return next((value for other, value in headers if other.lower() == name.lower()), None)


def wire_headers(request: Request) -> Headers:
    """Return the headers with the length, so that the body is not sent in chunks, which some servers refuse."""
    bodiless = not request.body and request.method in ("GET", "HEAD")
    if bodiless or request.header("content-length") is not None:
        return request.headers
    return [*request.headers, ("content-length", str(len(request.body)))]


@dataclass(frozen=True)
class Url:
    """The parts of a URL that wasi:http takes separately."""

    secure: bool
    authority: str
    path_and_query: str


def split(url: str) -> Url:
    """Split an http or https URL. The fragment is dropped, because it is never sent."""
    fault = _fault(url)
    if fault is not None:
        raise HttpError("invalid", f"{url!r} is no address to send to: {fault}")
    scheme, _, rest = url.partition("://")
    rest = rest.partition("#")[0]
    authority = re.split("[/?]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    return Url(scheme.lower() == "https", authority, path if path.startswith("/") else f"/{path}")


def _fault(url: str) -> str | None:
    scheme, found, rest = url.partition("://")
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if not found:
        return "it does not begin with http:// or https://"
    if scheme.lower() not in ("http", "https"):
        return "only http and https can be sent"
    if not authority:
        return "it names no host"
    if "@" in authority:
        return "a name and password belong in a header"
    if re.search(r"[\x00-\x20\x7f]", url):
        return "it contains a space or a control character"
    return None


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# The three forms of RFC 9110, 5.6.7. (strptime would import a module at run time, which a component cannot.)
_DATES = [
    re.compile(r"\w{3}, (?P<d>\d\d) (?P<m>\w{3}) (?P<y>\d{4}) (?P<t>\d\d:\d\d:\d\d) GMT"),
    re.compile(r"\w+, (?P<d>\d\d)-(?P<m>\w{3})-(?P<y>\d\d) (?P<t>\d\d:\d\d:\d\d) GMT"),
    re.compile(r"\w{3} (?P<m>\w{3}) (?P<d>[ \d]\d) (?P<t>\d\d:\d\d:\d\d) (?P<y>\d{4})"),
]


def _http_date(value: str) -> float | None:
    found = next(filter(None, (form.fullmatch(value) for form in _DATES)), None)
    if found is None or found["m"].lower() not in _MONTHS:
        return None
    year, day = int(found["y"]), int(found["d"])
    if year < 100:
        year += 1900 if year >= 70 else 2000
    hour, minute, second = (int(part) for part in found["t"].split(":"))
    if not (1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 60):
        return None
    return float(timegm((year, _MONTHS.index(found["m"].lower()) + 1, day, hour, minute, second)))
