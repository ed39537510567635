"""The order task in Python, from the paid amount at Stripe to the order at the partner.

It never charges a customer: it reads the paid amount, and orders exactly that. Every step is a checkpoint, so that no
attempt repeats the work of an earlier one, and the steps that create something also send an idempotency key, for the
time between the partner's response and the checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from taskbox_task import Job, Schema, task

from . import partner, stripe
from .price import PRICE

STEPS = 3

Text = Annotated[str, Schema(minLength=1)]
PartnerId = Annotated[str, Schema(minLength=1, maxLength=16)]


@dataclass(frozen=True)
class Input:
    """An order to place."""

    order_id: Text
    user_id: Text
    payment_intent_id: Annotated[str, Schema(pattern="^[A-Za-z0-9_-]{1,255}$")]


@dataclass(frozen=True)
class Output:
    """A placed order."""

    price: Annotated[Decimal, PRICE]
    currency: Annotated[str, Schema(pattern="^[A-Z]{3}$")]
    third_party_order_id: PartnerId
    registration_id: PartnerId


# With the host's backoff, which doubles from a second to a quarter of an hour, sixteen attempts outlast an outage of
# about an hour. All steps together take 15 to 26 seconds on a normal day.
@task(name="create-order", max_attempts=16, timeout=120)
def create_order(job: Job, order: Input) -> Output:
    """Takes the paid amount from Stripe and places the order at the partner"""
    begin(job, 0, "Fetching the payment from Stripe")
    payment = job.step("payment", lambda: stripe.fetch_payment(job, order.payment_intent_id), stripe.Payment)
    print(f"order {order.order_id}: paid {payment.price} {payment.currency}")

    begin(job, 1, "Registering the customer at the partner")
    registration = job.step("registration", lambda: partner.register(job, order.user_id))
    print(f"order {order.order_id}: registered as {registration}")

    begin(job, 2, "Placing the order at the partner")
    new = partner.NewOrder(registration, order.user_id, payment.price, payment.currency)
    placed = job.step("order", lambda: partner.place_order(job, new))
    print(f"order {order.order_id}: placed as {placed}")

    job.progress(STEPS, STEPS, "The order is placed")
    return Output(payment.price, payment.currency, placed, registration)


def begin(job: Job, done: int, what: str) -> None:
    """Report the next step, unless the order has been cancelled. After the last step the order exists."""
    job.stop_if_cancelled()
    job.progress(done, STEPS, what)
