"""JSON text, strictly of RFC 8259: no NaN, no Infinity."""

from __future__ import annotations

import json
from typing import Any

from .schema import decode, encode


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Made once: json.dumps and json.loads make them anew at every call that has options.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_constant=_refuse)


def dumps(value: Any) -> str:
    """Return a value as JSON text. ValueError or TypeError: it has none."""
    return "null" if value is None else _ENCODER.encode(encode(value))


def loads(text: str | bytes, kind: Any = Any) -> Any:
    """Return JSON text as a type. ValueError: it is no JSON, or does not fit."""
    whole = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
    return decode(kind, _DECODER.decode(whole))
