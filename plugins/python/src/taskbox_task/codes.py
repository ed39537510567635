"""The error codes of wasi:http as HttpErrors. Every code is in the table, and a test checks that."""

from __future__ import annotations

from typing import Any

from .http import HttpError, Kind

_CODES: dict[str, tuple[Kind, str]] = {
    "HttpRequestDenied": ("denied", "the attempt's log names the missing line"),
    "DestinationIpProhibited": ("denied", "the server's address is in no granted network"),
    "DnsTimeout": ("timeout", "the name server did not answer"),
    "ConnectionTimeout": ("timeout", "connecting took too long"),
    "ConnectionReadTimeout": ("timeout", "the server stopped sending"),
    "ConnectionWriteTimeout": ("timeout", "the server stopped receiving"),
    "HttpResponseTimeout": ("timeout", "the server sent no response"),
    "DnsError": ("connect", "the name cannot be resolved"),
    "DestinationNotFound": ("connect", "the server was not found"),
    "DestinationUnavailable": ("connect", "the server is not available"),
    "DestinationIpUnroutable": ("connect", "there is no route to the server"),
    "ConnectionRefused": ("connect", "the connection was refused"),
    "ConnectionLimitReached": ("connect", "too many connections are open"),
    "TlsProtocolError": ("connect", "the TLS handshake failed"),
    "TlsCertificateError": ("connect", "the server's certificate is not valid"),
    "TlsAlertReceived": ("connect", "the server ended the TLS handshake"),
    "LoopDetected": ("connect", "a proxy detected a loop"),
    "ConnectionTerminated": ("broken", "the connection was closed"),
    "HttpResponseIncomplete": ("broken", "the response ended early"),
    "HttpProtocolError": ("broken", "the response is not valid HTTP"),
    "InternalError": ("broken", "the host reports an internal error"),
    "HttpRequestMethodInvalid": ("invalid", "the method is not valid"),
    "HttpRequestUriInvalid": ("invalid", "the URL is not valid"),
    "HttpRequestUriTooLong": ("invalid", "the URL is too long"),
    "HttpRequestLengthRequired": ("invalid", "the server requires its length"),
    "HttpRequestBodySize": ("invalid", "the body is too large"),
    "HttpRequestHeaderSectionSize": ("invalid", "the head is too large"),
    "HttpRequestHeaderSize": ("invalid", "a header is too large"),
    "HttpRequestTrailerSectionSize": ("invalid", "the trailers are too large"),
    "HttpRequestTrailerSize": ("invalid", "a trailer is too large"),
    "HttpUpgradeFailed": ("invalid", "the protocol upgrade failed"),
    "ConfigurationError": ("invalid", "the host's configuration is wrong; the attempt's log says why"),
    "HttpResponseBodySize": ("too-large", "the body; raise `limits.response_bytes` in the plugin's grant"),
    "HttpResponseHeaderSectionSize": ("too-large", "the head"),
    "HttpResponseHeaderSize": ("too-large", "a header"),
    "HttpResponseTrailerSectionSize": ("too-large", "the trailers"),
    "HttpResponseTrailerSize": ("too-large", "a trailer"),
    "HttpResponseContentCoding": ("unreadable", "unsupported content coding"),
    "HttpResponseTransferCoding": ("unreadable", "unsupported transfer coding"),
}


def error_of(code: Any) -> HttpError:
    """Return the error of a code of the bindings, with the detail that it carries."""
    name = type(code).__name__.removeprefix("ErrorCode_")
    # A later version of wasi:http may add codes: whether the server acted is unknown then, as with a broken connection.
    kind, text = _CODES.get(name, ("broken", name))
    detail = _detail(getattr(code, "value", None))
    return HttpError(kind, f"{text}: {detail}" if detail else text)


def _detail(payload: Any) -> str:
    if isinstance(payload, int):
        return f"the limit is {payload} bytes"
    if isinstance(payload, str):
        return payload
    for field in ("rcode", "alert_message", "field_name"):
        value = getattr(payload, field, None)
        if value is not None:
            return str(value)
    return ""
