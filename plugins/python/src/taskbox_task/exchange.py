"""One request and its response over wasi:http. Only inside a component.

Every resource is a handle in the host, and is dropped by its `with`, children before their parent.
"""

from __future__ import annotations

from typing import Any

from componentize_py_types import Err
from wit_world.imports import outgoing_handler, streams
from wit_world.imports import wasi_http_types as wasi

from .codes import error_of
from .http import HttpError, Request, Response, Timeouts, split, wire_headers

# The most bytes of one call of blocking-write-and-flush, and the size of one read.
_WRITE_BYTES_MAX = 4096
_READ_BYTES_MAX = 64 * 1024

_METHODS: dict[str, Any] = {
    "GET": wasi.Method_Get,
    "HEAD": wasi.Method_Head,
    "POST": wasi.Method_Post,
    "PUT": wasi.Method_Put,
    "DELETE": wasi.Method_Delete,
    "CONNECT": wasi.Method_Connect,
    "OPTIONS": wasi.Method_Options,
    "TRACE": wasi.Method_Trace,
    "PATCH": wasi.Method_Patch,
}


def send(request: Request) -> Response:
    """Send a request and receive the whole response."""
    outgoing = _head(request)
    body = outgoing.body()
    try:
        answer = outgoing_handler.handle(outgoing, _options(request.timeouts))
    except Err as error:
        raise error_of(error.value) from None
    _write(body, request.body)
    with answer:
        return _receive(answer)


def _head(request: Request) -> Any:
    url = split(request.url)
    lines = [(name, value.encode()) for name, value in wire_headers(request)]
    try:
        fields = wasi.Fields.from_list(lines)
    except Err as error:
        raise HttpError("invalid", f"a header cannot be sent: {type(error.value).__name__}") from None
    method = _METHODS.get(request.method)
    head = wasi.OutgoingRequest(fields)
    try:
        head.set_method(wasi.Method_Other(request.method) if method is None else method())
        head.set_scheme(wasi.Scheme_Https() if url.secure else wasi.Scheme_Http())
        head.set_authority(url.authority)
        head.set_path_with_query(url.path_and_query)
    except Err:
        raise HttpError("invalid", f"{request.method} {request.url!r}") from None
    return head


def _options(timeouts: Timeouts) -> Any:
    options = wasi.RequestOptions()
    for set_timeout, seconds in (
        (options.set_connect_timeout, timeouts.connect),
        (options.set_first_byte_timeout, timeouts.first_byte),
        (options.set_between_bytes_timeout, timeouts.between_bytes),
    ):
        try:
            set_timeout(round(min(max(seconds, 0.001), 1e9) * 1e9))
        except Err:
            continue  # The host does not support it and has its own.
    return options


def _write(body: Any, content: bytes) -> None:
    # A write fails because the host refused the request, the connection broke, or the server responded before it had
    # read everything. In each case the response has the better error.
    try:
        with body.write() as stream:
            for start in range(0, len(content), _WRITE_BYTES_MAX):
                stream.blocking_write_and_flush(content[start : start + _WRITE_BYTES_MAX])
        wasi.OutgoingBody.finish(body, None)
    except Err:
        pass


def _receive(answer: Any) -> Response:
    with answer.subscribe() as ready:
        ready.block()
    received = answer.get()
    if received is None or isinstance(received, Err):
        raise HttpError("broken", "the host lost the answer")
    if isinstance(received.value, Err):
        raise error_of(received.value.value)
    with received.value.value as response:
        with response.consume() as body, body.stream() as stream:
            content = _read(stream)
        with response.headers() as fields:
            headers = [(str(name), value.decode("utf-8", "replace")) for name, value in fields.entries()]
        return Response(response.status(), headers, content)


def _read(stream: Any) -> bytes:
    content = bytearray()
    while True:
        try:
            content += stream.blocking_read(_READ_BYTES_MAX)
        except Err as error:
            if isinstance(error.value, streams.StreamError_Closed):
                return bytes(content)
            with error.value.value as cause:
                code = wasi.http_error_code(cause)
                raise (HttpError("broken", cause.to_debug_string()) if code is None else error_of(code)) from None
