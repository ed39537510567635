// The partner, who registers customers and fulfils orders.

import { Permanent } from "taskbox-task";

import { address, ask, checkTemporary, notUnderstood, objectOf, quote } from "./answer.js";

const WHO = "The partner";
// The longest identifier that the shop's database can store.
const ID_LENGTH_MAX = 16;

// Registers a customer. Returns the partner's id of the registration.
export const register = (job, user_id) => create(job, "registration", "registrations", { user_id });

// Places an order. Returns the partner's id of the order. The amount is a string, so that it is never read as a float.
export const placeOrder = (job, order) => create(job, "order", "orders", order);

function create(job, what, path, json) {
  const headers = {
    authorization: `Bearer ${job.secret("partner-key")}`,
    "idempotency-key": job.idempotencyKeyOf(what),
  };
  return judge(what, ask(job, WHO, address(job, "partner-base-url", path), { method: "POST", headers, json }));
}

export function judge(what, response) {
  checkTemporary(WHO, response);
  const { status } = response;
  // Also 200, with which some servers respond to a repeated idempotency key, since nothing new was created.
  if (status === 200 || status === 201) {
    const { id } = objectOf(WHO, response);
    if (typeof id !== "string") throw notUnderstood(WHO, response, "its id is no text");
    return checkId(what, id);
  }
  const text = quote(response.text());
  if (status === 401 || status === 403)
    throw new Permanent(`the partner does not accept the shop's key (secret "partner-key"): ${text}`);
  if (status >= 400 && status <= 499) throw new Permanent(`the partner refuses the ${what} (status ${status}): ${text}`);
  throw notUnderstood(WHO, response, "unexpected status");
}

function checkId(what, id) {
  const { length } = [...id];
  if (id.trim() === "") throw new Permanent(`the partner gave its ${what} an empty id`);
  if (length > ID_LENGTH_MAX)
    throw new Permanent(
      `the partner gave its ${what} an id of ${length} characters, and there is room for ${ID_LENGTH_MAX}: ${id}`,
    );
  return id;
}
