// The whole task, and what follows from each answer of the third parties. No host is needed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Cancelled, HttpError, jobForTest, Permanent, Response, Retryable, RetryAfter } from "taskbox-task";

import { createOrder } from "./index.js";
import * as partner from "./partner.js";
import { fromMinorUnits, WITH_THREE_DECIMALS, WITHOUT_DECIMALS } from "./price.js";
import * as stripe from "./stripe.js";

const ORDER = { order_id: "order-1", user_id: "u_42", payment_intent_id: "pi_1" };
const PAID = { status: "succeeded", amount: 7_777, amount_received: 4_999, currency: "usd" };
const URL = "https://stripe.test/v1/payment_intents/pi_1?expand%5B%5D=latest_charge";
const STRIPE = { url: URL, json: PAID };
const REGISTRATION = { method: "POST", url: "https://partner.test/registrations", status: 201, json: { id: "reg_1" } };
const ORDERED = { method: "POST", url: "https://partner.test/orders", status: 201, json: { id: "ord_1" } };

const jobOf = (http, script = {}) =>
  jobForTest({
    http,
    config: { "stripe-base-url": "https://stripe.test/", "partner-base-url": "https://partner.test" },
    secrets: { "stripe-key": "<stripe>", "partner-key": "<partner>" },
    ...script,
  });
const permanent = (words) => (error) => error instanceof Permanent && error.message.includes(words);

test("an order is paid, registered and placed", () => {
  const job = jobOf([STRIPE, REGISTRATION, ORDERED]);
  const output = JSON.parse(createOrder.runJson(job, JSON.stringify(ORDER)));
  assert.deepEqual(output, { price: "49.99", currency: "USD", third_party_order_id: "ord_1", registration_id: "reg_1" });
  const payment = { price: "49.99", currency: "USD" };
  assert.deepEqual(job.checkpoints, { payment, registration: "reg_1", order: "ord_1" });
  assert.deepEqual(job.reports.at(-1), [3, 3, "The order is placed"]);
  const [paid, registered, ordered] = job.requests;
  assert.equal(paid.headers.get("authorization"), "Bearer <stripe>");
  assert.equal(registered.headers.get("idempotency-key"), "key-1:registration");
  assert.equal(ordered.headers.get("idempotency-key"), "key-1:order");
  assert.deepEqual(JSON.parse(registered.text), { user_id: "u_42" });
  assert.deepEqual(JSON.parse(ordered.text), { registration_id: "reg_1", user_id: "u_42", amount: "49.99", currency: "USD" });
});

test("finished steps are not repeated, and a cancelled job orders nothing", () => {
  const checkpoints = { payment: { price: "50.00", currency: "EUR" }, registration: "reg_1" };
  assert.equal(createOrder.run(jobOf([ORDERED], { checkpoints }), ORDER).price, "50.00");
  assert.throws(() => createOrder.run(jobOf([], { cancelled: true }), ORDER), Cancelled);
});

test("a silent server is asked again, and a denial is final", () => {
  const broken = (kind) => jobOf([{ url: URL, error: new HttpError(kind, "why") }]);
  assert.throws(() => createOrder.run(broken("timeout"), ORDER), Retryable);
  assert.throws(() => createOrder.run(broken("denied"), ORDER), permanent("nothing was sent"));
});

const judge = (body, status = 200) => stripe.judge(new Response(JSON.stringify(body), { status }), "pi_1");
const charged = (latest_charge) => judge({ ...PAID, amount_received: 5_000, latest_charge });

test("what was refunded is not paid", () => {
  assert.equal(charged({ refunded: false, amount_refunded: 1_250 }).price, "37.50");
  assert.equal(charged({ refunded: false, amount_refunded: -1_250 }).price, "50.00");
  assert.equal(charged("ch_1").price, "50.00");
  assert.equal(charged(null).price, "50.00");
  for (const [refunded, amount_refunded] of [[true, 0], [true, 5_000], [false, 5_000], [false, 5_001]])
    assert.throws(() => charged({ refunded, amount_refunded }), permanent("refunded in full"));
});

test("every status of a payment has its consequence", () => {
  assert.throws(() => judge({ ...PAID, status: "processing" }), Retryable);
  for (const [status, words] of Object.entries({ ...stripe.NOT_PAID, toString: '"toString"' }))
    assert.throws(() => judge({ ...PAID, status }), permanent(words));
});

test("trouble is tried again, after the time that the server asks for", () => {
  for (const status of [408, 409, 425, 429, 500, 503, 599]) assert.throws(() => judge({}, status), Retryable);
  const busy = new Response("", { status: 429, headers: { "Retry-After": "7" } });
  assert.throws(() => stripe.judge(busy, "pi_1"), (error) => error instanceof RetryAfter && error.delayMs === 7_000);
});

test("refusals are final and quoted", () => {
  const error = { error: { type: "x", code: "resource_missing", message: "No such payment" } };
  assert.throws(() => judge(error, 404), permanent("No such payment (resource_missing)"));
  assert.throws(() => judge(error, 401), permanent("stripe-key"));
  for (const body of ["", [], {}, { ...PAID, amount_received: 1.5 }, { ...PAID, currency: "us-dollars" }])
    assert.throws(() => judge(body), permanent("not understood"));
  for (const [status, words] of [[401, "partner-key"], [400, "no such user"], [422, "422"], [302, "302"]])
    assert.throws(() => partner.judge("order", new Response("no such user", { status })), permanent(words));
  for (const body of ["", "[]", '{"id":7}', '{"id":"12345678901234567"}', '{"id":" "}'])
    assert.throws(() => partner.judge("order", new Response(body, { status: 201 })), Permanent);
  assert.equal(partner.judge("order", new Response('{"id":"ord_1"}')), "ord_1");
});

test("a payment id cannot leave its place in the path", () => {
  stripe.checkId("pi_3MtwBwLkdIwHu7ix28a3tqPa");
  for (const id of ["", "..", "pi_1/../../charges", "pi_1?x=1", "pi_1#", "pi 1", "pi_é", "pi_1\n", "a".repeat(256), null])
    assert.throws(() => stripe.checkId(id), Permanent);
});

test("prices are exact, and what is no price is final", () => {
  const prices = [
    [4_999, "USD", "49.99"], [1, "EUR", "0.01"], [500, "UGX", "5.00"], [9_999_999, "USD", "99999.99"],
    [99_999, "JPY", "99999.00"], [99_999_990, "KWD", "99999.99"],
    ...WITHOUT_DECIMALS.map((currency) => [7, currency, "7.00"]),
    ...WITH_THREE_DECIMALS.map((currency) => [5_120, currency, "5.12"]),
  ];
  for (const [amount, currency, price] of prices) assert.equal(fromMinorUnits(amount, currency), price);
  const none = [[0, "USD", "nothing"], [1_001, "BHD", "1.001 BHD"], [10_000_000, "USD", "100000.00 USD"], [100_000, "JPY", "too large"]];
  for (const [amount, currency, words] of none) assert.throws(() => fromMinorUnits(amount, currency), permanent(words));
});
