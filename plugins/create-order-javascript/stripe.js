// The payment at Stripe. The module only reads. The amount that counts is the one received, less refunds by the time of
// the request.

import { Permanent, Retryable } from "taskbox-task";

import { address, ask, checkTemporary, notUnderstood, objectOf, quote } from "./answer.js";
import { fromMinorUnits } from "./price.js";

const WHO = "Stripe";

// The query that includes the charge, which alone contains refunds: expand[]=latest_charge.
const WITH_CHARGE = "expand%5B%5D=latest_charge";

export const NOT_PAID = {
  requires_payment_method: "the customer's payment method was missing or declined",
  requires_confirmation: "the customer never confirmed it",
  requires_action: "the customer did not finish a step that the bank asks for",
  requires_capture: "the money is only reserved and was not captured",
  canceled: "it was canceled",
};

// Fetches a payment, which must have succeeded: `{ price, currency }`, with two decimals and ISO 4217 in upper case.
export function fetchPayment(job, id) {
  checkId(id);
  const url = address(job, "stripe-base-url", `v1/payment_intents/${id}?${WITH_CHARGE}`);
  const headers = { authorization: `Bearer ${job.secret("stripe-key")}` };
  return judge(ask(job, WHO, url, { headers }), id);
}

// Checks the id of a payment. It becomes a part of a path, and must not contain characters with a meaning there: with a
// `/`, a `?` or a `..` a customer could make the shop read other objects of its Stripe account.
export function checkId(id) {
  if (typeof id === "string" && /^[A-Za-z0-9_-]{1,255}$/.test(id)) return;
  const shown = JSON.stringify(String(id).slice(0, 64));
  throw new Permanent(`${shown} is not the id of a Stripe payment: such an id looks like pi_3MtwBwLkdIwHu7ix28a3tqPa`);
}

export function judge(response, id) {
  checkTemporary(WHO, response);
  const { status } = response;
  if (status === 200) {
    const intent = objectOf(WHO, response);
    if (!isIntent(intent)) throw notUnderstood(WHO, response, "it is no payment");
    checkStatus(intent.status);
    return paymentOf(response, intent);
  }
  const why = explanation(response);
  if (status === 401 || status === 403)
    throw new Permanent(`Stripe does not accept the shop's key (secret "stripe-key"): ${why}`);
  if (status === 404) throw new Permanent(`Stripe knows no payment ${id}: ${why}`);
  if (status >= 400 && status <= 499) throw new Permanent(`Stripe refuses to show the payment ${id}: ${why}`);
  throw notUnderstood(WHO, response, "unexpected status");
}

const isText = (value) => typeof value === "string";

// An integer beyond 2^53 would lose digits, and is far beyond any price.
function isIntent({ status, amount_received, currency, latest_charge = null }) {
  const refund = latest_charge?.amount_refunded ?? 0;
  return (
    isText(status) && isText(currency) && Number.isSafeInteger(amount_received) && Number.isSafeInteger(refund) &&
    typeof (latest_charge?.refunded ?? false) === "boolean" && (latest_charge === null || isText(latest_charge) || typeof latest_charge === "object")
  );
}

// Checks that a payment succeeded. One in progress may still succeed; any other needs the customer, which no later attempt
// changes.
function checkStatus(status) {
  if (status === "processing") throw new Retryable("the payment is still being processed by the customer's bank");
  if (status === "succeeded") return;
  const why = Object.hasOwn(NOT_PAID, status) ? NOT_PAID[status] : `its status is "${quote(status)}"`;
  throw new Permanent(`the payment did not succeed: ${why}`);
}

function paymentOf(response, intent) {
  const currency = intent.currency.toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency)) throw notUnderstood(WHO, response, "the currency is no ISO 4217 code");
  const kept = amountKept(intent);
  if (kept === 0 && intent.amount_received > 0)
    throw new Permanent("the payment was refunded in full, so there is nothing to order");
  return { price: fromMinorUnits(kept, currency), currency };
}

// The amount received and not refunded. Of a server that does not know `expand` the charge is only an id, without refunds.
function amountKept({ amount_received, latest_charge }) {
  if (latest_charge?.refunded) return 0;
  // A negative refund is invalid, and must not raise the price.
  return Math.max(amount_received - Math.max(latest_charge?.amount_refunded ?? 0, 0), 0);
}

// The message of Stripe's error.
function explanation(response) {
  try {
    const { type = "", code, message } = response.json().error;
    return quote(`${message ?? ""} (${code ?? type})`);
  } catch {
    return quote(response.text());
  }
}
