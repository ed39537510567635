"""Identifiers from outside, which are checked before use."""

from __future__ import annotations

import re

from taskbox_task import Permanent

# The longest identifier that the shop's database can store.
PARTNER_ID_LENGTH_MAX = 16


def check_payment_intent_id(value: str) -> None:
    """Check the id of a payment. It becomes a part of a path, and must not contain characters with a meaning there.

    With a `/`, a `?` or a `..` a customer could make the shop read other objects of its Stripe account.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", value):
        raise Permanent(
            f"{value[:64]!r} is not the id of a Stripe payment: such an id looks like pi_3MtwBwLkdIwHu7ix28a3tqPa"
        )


def check_partner_id(what: str, value: str) -> str:
    """Check an id of the partner, for the `what` that it created."""
    if not value.strip():
        raise Permanent(f"the partner gave its {what} an empty id")
    if len(value) > PARTNER_ID_LENGTH_MAX:
        raise Permanent(
            f"the partner gave its {what} an id of {len(value)} characters, and there is room for "
            f"{PARTNER_ID_LENGTH_MAX}: {value}"
        )
    return value
