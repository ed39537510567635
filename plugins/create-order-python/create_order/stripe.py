"""The payment at Stripe. The module only reads.

The amount that counts is the one received, less refunds by the time of the request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from taskbox_task import Job, Permanent, Response, Retryable

from .answer import address, ask, check_temporary, not_understood, quote
from .ids import check_payment_intent_id
from .price import from_minor_units

WHO = "Stripe"

# The query that includes the charge, which alone contains refunds: expand[]=latest_charge.
WITH_CHARGE = "expand%5B%5D=latest_charge"

NOT_PAID = {
    "requires_payment_method": "the customer's payment method was missing or declined",
    "requires_confirmation": "the customer never confirmed it",
    "requires_action": "the customer did not finish a step that the bank asks for",
    "requires_capture": "the money is only reserved and was not captured",
    "canceled": "it was canceled",
}


@dataclass(frozen=True)
class Payment:
    """The amount paid and not refunded."""

    price: Decimal
    """With two decimals."""
    currency: str
    """ISO 4217, upper-case."""


@dataclass(frozen=True)
class Charge:
    """The charge that paid for it: refunded in full, and the amount in the currency's smallest unit."""

    refunded: bool = False
    amount_refunded: int = 0


@dataclass(frozen=True)
class PaymentIntent:
    """The fields of Stripe's PaymentIntent that are used here."""

    status: str
    amount_received: int
    """In the currency's smallest unit. Not `amount`, which is the amount requested."""
    currency: str
    latest_charge: Charge | str | None = None
    """Only its id, without refunds, from a server that does not know `expand`."""

    def amount_kept(self) -> int:
        """Return the amount received and not refunded."""
        charge = self.latest_charge if isinstance(self.latest_charge, Charge) else Charge()
        # A negative refund is invalid, and must not raise the price.
        kept = self.amount_received - max(charge.amount_refunded, 0)
        return 0 if charge.refunded else max(kept, 0)


@dataclass(frozen=True)
class ErrorDetail:
    """Why Stripe refuses."""

    type: str = ""
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class ErrorBody:
    """Stripe's error."""

    error: ErrorDetail = field(default_factory=ErrorDetail)


def fetch_payment(job: Job, payment_intent_id: str) -> Payment:
    """Fetch a payment from Stripe, which must have succeeded."""
    check_payment_intent_id(payment_intent_id)
    url = address(job, "stripe-base-url", f"v1/payment_intents/{payment_intent_id}?{WITH_CHARGE}")
    return judge(ask(job, WHO, "GET", url, bearer=job.secret("stripe-key")), payment_intent_id)


def judge(response: Response, payment_intent_id: str) -> Payment:
    """Return the payment of a response."""
    check_temporary(WHO, response)
    status = response.status
    if status == 200:
        try:
            intent = response.json(PaymentIntent)
        except ValueError as error:
            raise not_understood(WHO, response, error) from error
        check_status(intent.status)
        return payment_of(response, intent)
    why = explanation(response)
    if status in (401, 403):
        raise Permanent(f'Stripe does not accept the shop\'s key (secret "stripe-key"): {why}')
    if status == 404:
        raise Permanent(f"Stripe knows no payment {payment_intent_id}: {why}")
    if 400 <= status <= 499:
        raise Permanent(f"Stripe refuses to show the payment {payment_intent_id}: {why}")
    raise not_understood(WHO, response, "unexpected status")


def check_status(status: str) -> None:
    """Check that a payment succeeded.

    One in progress may still succeed; any other needs the customer, which no later attempt changes.
    """
    if status == "processing":
        raise Retryable("the payment is still being processed by the customer's bank")
    if status != "succeeded":
        why = NOT_PAID.get(status, f'its status is "{quote(status)}"')
        raise Permanent(f"the payment did not succeed: {why}")


def payment_of(response: Response, intent: PaymentIntent) -> Payment:
    """Return the amount that was paid and not refunded."""
    currency = intent.currency.upper()
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise not_understood(WHO, response, "the currency is no ISO 4217 code")
    kept = intent.amount_kept()
    if kept == 0 and intent.amount_received > 0:
        raise Permanent("the payment was refunded in full, so there is nothing to order")
    return Payment(from_minor_units(kept, currency), currency)


def explanation(response: Response) -> str:
    """Return the message of Stripe's error."""
    try:
        error = response.json(ErrorBody).error
    except ValueError:
        return quote(response.text)
    return quote(f"{error.message or ''} ({error.code or error.type})")
