// The order task in JavaScript, from the paid amount at Stripe to the order at the partner.
//
// It never charges a customer: it reads the paid amount, and orders exactly that. Every step is a checkpoint, so that no
// attempt repeats the work of an earlier one, and the steps that create something also send an idempotency key, for the
// time between the partner's response and the checkpoint.

import { task } from "taskbox-task";

import { placeOrder, register } from "./partner.js";
import { fetchPayment } from "./stripe.js";

const STEPS = 3;
const text = { type: "string", minLength: 1 };
const partnerId = { type: "string", minLength: 1, maxLength: 16 };

export const createOrder = task(
  {
    name: "create-order",
    description: "Takes the paid amount from Stripe and places the order at the partner",
    inputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        order_id: text,
        user_id: text,
        payment_intent_id: { type: "string", pattern: "^[A-Za-z0-9_-]{1,255}$" },
      },
      required: ["order_id", "user_id", "payment_intent_id"],
    },
    outputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        price: { type: "string", pattern: "^[0-9]{1,5}\\.[0-9]{2}$" },
        currency: { type: "string", pattern: "^[A-Z]{3}$" },
        third_party_order_id: partnerId,
        registration_id: partnerId,
      },
      required: ["price", "currency", "third_party_order_id", "registration_id"],
    },
    // With the host's backoff, which doubles from a second to a quarter of an hour, sixteen attempts outlast an outage of
    // about an hour. All steps together take 15 to 26 seconds on a normal day.
    maxAttempts: 16,
    timeout: 120_000,
  },
  (job, { order_id, user_id, payment_intent_id }) => {
    begin(job, 0, "Fetching the payment from Stripe");
    const { price, currency } = job.step("payment", () => fetchPayment(job, payment_intent_id));
    console.log(`order ${order_id}: paid ${price} ${currency}`);

    begin(job, 1, "Registering the customer at the partner");
    const registration_id = job.step("registration", () => register(job, user_id));
    console.log(`order ${order_id}: registered as ${registration_id}`);

    begin(job, 2, "Placing the order at the partner");
    const order = { registration_id, user_id, amount: price, currency };
    const third_party_order_id = job.step("order", () => placeOrder(job, order));
    console.log(`order ${order_id}: placed as ${third_party_order_id}`);

    job.progress(STEPS, STEPS, "The order is placed");
    return { price, currency, third_party_order_id, registration_id };
  },
);

// Reports the next step, unless the order has been cancelled. After the last step the order exists.
function begin(job, done, what) {
  job.stopIfCancelled();
  job.progress(done, STEPS, what);
}
