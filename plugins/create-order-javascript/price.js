// Conversion of Stripe's amounts to prices of orders. Money is never a float: amounts are integers, prices are text.

import { Permanent } from "taskbox-task";

// A price has seven digits, two of them decimals: 99999.99 is the largest.
const HUNDREDTHS_MAX = 9_999_999;

// Currencies whose amounts Stripe counts in whole units: 500 means 500 yen
// (https://docs.stripe.com/currencies#zero-decimal). Stripe's special cases are not among them: amounts in UGX and ISK
// are still written with two decimals, and HUF and TWD lack decimals only in payouts.
export const WITHOUT_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" ");

// Currencies whose smallest unit is a thousandth: 5120 means 5.120 dinars.
export const WITH_THREE_DECIMALS = "BHD JOD KWD OMR TND".split(" ");

// The price, with two decimals, of an amount in minor units of an upper-case currency. An amount in thousandths is a
// price if its last digit is zero, which Stripe itself requires; it is never rounded.
export function fromMinorUnits(amount, currency) {
  const decimals = WITHOUT_DECIMALS.includes(currency) ? 0 : WITH_THREE_DECIMALS.includes(currency) ? 3 : 2;
  if (amount <= 0) throw new Permanent("Stripe says that nothing was received for this payment");
  const paid = `${scaled(amount, decimals)} ${currency}`;
  if (decimals === 3 && amount % 10 !== 0)
    throw new Permanent(
      `the payment of ${paid} has three decimals and a price has two: rounding it would order something else than what was paid`,
    );
  const hundredths = decimals === 3 ? amount / 10 : decimals === 0 ? amount * 100 : amount;
  if (hundredths > HUNDREDTHS_MAX) throw new Permanent(`the payment of ${paid} is too large: an order costs 99999.99 at most`);
  return scaled(hundredths, 2);
}

function scaled(units, decimals) {
  const digits = String(units).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
