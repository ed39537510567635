"""Conversion of Stripe's amounts to prices of orders. Money is never a float."""

from __future__ import annotations

from decimal import Decimal

from taskbox_task import Permanent, Schema

PRICE = Schema(pattern=r"^[0-9]{1,5}\.[0-9]{2}$")

# A price has seven digits, two of them decimals: 99999.99 is the largest.
HUNDREDTHS_MAX = 9_999_999

# Currencies whose amounts Stripe counts in whole units: 500 means 500 yen
# (https://docs.stripe.com/currencies#zero-decimal). Stripe's special cases are not among them: amounts in UGX and ISK
# are still written with two decimals, and HUF and TWD lack decimals only in payouts.
WITHOUT_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)

# Currencies whose smallest unit is a thousandth: 5120 means 5.120 dinars.
WITH_THREE_DECIMALS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def from_minor_units(amount: int, currency: str) -> Decimal:
    """Return the price, with two decimals, of an amount in minor units of an upper-case currency.

    An amount in thousandths is a price if its last digit is zero, which Stripe itself requires; it is never rounded.
    """
    decimals = 0 if currency in WITHOUT_DECIMALS else 3 if currency in WITH_THREE_DECIMALS else 2
    if amount <= 0:
        raise Permanent("Stripe says that nothing was received for this payment")
    paid = f"{_scaled(amount, decimals)} {currency}"
    if decimals == 3 and amount % 10:
        raise Permanent(
            f"the payment of {paid} has three decimals and a price has two: rounding it would order something else "
            "than what was paid"
        )
    hundredths = amount // 10 if decimals == 3 else amount * 10 ** (2 - decimals)
    if hundredths > HUNDREDTHS_MAX:
        raise Permanent(f"the payment of {paid} is too large: an order costs 99999.99 at most")
    return _scaled(hundredths, 2)


def _scaled(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals)
