// The mail, at a scripted service: `npm test`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { jobForTest, Permanent, RetryAfter } from "taskbox-task";

import { mail } from "./index.js";

const MESSAGE = { to: "ada@example.com", subject: "Your order", text: "It is complete." };
const SENT = { method: "POST", url: "https://mail.test/messages", status: 202, json: { id: "m_1" } };

const jobOf = (http, script = {}) =>
  jobForTest({
    http,
    config: { "mail-url": "https://mail.test", sender: "shop@example.com" },
    secrets: { "mail-key": "<key>" },
    ...script,
  });

test("a message is sent once", () => {
  const job = jobOf([SENT]);
  assert.deepEqual(mail.run(job, MESSAGE), { message_id: "m_1" });
  const [request] = job.requests;
  assert.equal(request.headers.get("idempotency-key"), "key-1:sent");
  assert.deepEqual(JSON.parse(request.text), { from: "shop@example.com", ...MESSAGE });

  const again = jobOf([], { checkpoints: job.checkpoints });
  assert.deepEqual(mail.run(again, MESSAGE), { message_id: "m_1" });
});

test("a busy service is asked again when it says", () => {
  const busy = { ...SENT, status: 429, headers: { "retry-after": "7" } };
  assert.throws(() => mail.run(jobOf([busy]), MESSAGE), (error) => error instanceof RetryAfter && error.delayMs === 7_000);
});

test("a refused message is not sent again", () => {
  assert.throws(() => mail.run(jobOf([{ ...SENT, status: 422 }]), MESSAGE), Permanent);
});
