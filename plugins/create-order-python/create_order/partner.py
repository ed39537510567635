"""The partner, who registers customers and fulfils orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from taskbox_task import Job, Permanent, Response

from .answer import address, ask, check_temporary, not_understood, quote
from .ids import check_partner_id

WHO = "The partner"


@dataclass(frozen=True)
class NewOrder:
    """An order to place. The amount is a text in JSON, so that it is never read as a float."""

    registration_id: str
    user_id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Created:
    """The part of the partner's answer that counts."""

    id: str


def register(job: Job, user_id: str) -> str:
    """Register a customer, and return the partner's id of the registration."""
    return _create(job, "registration", "registrations", {"user_id": user_id})


def place_order(job: Job, order: NewOrder) -> str:
    """Place an order, and return the partner's id of it."""
    return _create(job, "order", "orders", order)


def _create(job: Job, what: str, path: str, new: Any) -> str:
    response = ask(
        job,
        WHO,
        "POST",
        address(job, "partner-base-url", path),
        bearer=job.secret("partner-key"),
        headers={"idempotency-key": job.idempotency_key_of(what)},
        json=new,
    )
    return judge(what, response)


def judge(what: str, response: Response) -> str:
    """Return the id of what was created."""
    check_temporary(WHO, response)
    status = response.status
    # Also 200, with which some servers respond to a repeated idempotency key, since nothing new was created.
    if status in (200, 201):
        try:
            created = response.json(Created)
        except ValueError as error:
            raise not_understood(WHO, response, error) from error
        return check_partner_id(what, created.id)
    if status in (401, 403):
        raise Permanent(f'the partner does not accept the shop\'s key (secret "partner-key"): {quote(response.text)}')
    if 400 <= status <= 499:
        raise Permanent(f"the partner refuses the {what} (status {status}): {quote(response.text)}")
    raise not_understood(WHO, response, "unexpected status")
