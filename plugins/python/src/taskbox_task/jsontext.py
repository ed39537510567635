"""JSON text, strictly of RFC 8259: no NaN, no Infinity."""

from __future__ import annotations

import json
from typing import Any

from .schema import decode, encode


def dumps(value: Any) -> str:
    """Return a value as JSON text. ValueError or TypeError: it has none."""
    return json.dumps(encode(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str | bytes, kind: Any = Any) -> Any:
    """Return JSON text as a type. ValueError: it is no JSON, or does not fit."""
    return decode(kind, json.loads(text, parse_constant=_refuse))


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
