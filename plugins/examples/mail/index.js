// Sends e-mail by the HTTP interface of a mail service.
//
// The service sends a message once for each idempotency key, so that an attempt that is cut off before its checkpoint
// does not send it again.

import { Permanent, Retryable, RetryAfter, task } from "taskbox-task";

// The pause when the service asks for one without a time, in milliseconds.
const PAUSE = 60_000;

const address = { type: "string", format: "email", minLength: 3, maxLength: 254 };

export const mail = task(
  {
    name: "mail",
    description: "Sends an e-mail",
    inputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        to: address,
        subject: { type: "string", minLength: 1, maxLength: 200 },
        text: { type: "string", minLength: 1 },
      },
      required: ["to", "subject", "text"],
      additionalProperties: false,
    },
    outputSchema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { message_id: { type: "string" } },
      required: ["message_id"],
    },
    maxAttempts: 12,
    timeout: 30_000,
  },
  (job, { to, subject, text }) => {
    job.stopIfCancelled();
    const message = { from: job.config("sender"), to, subject, text };
    return { message_id: job.step("sent", () => send(job, message)) };
  },
);

function send(job, message) {
  const response = job.fetch(`${job.config("mail-url")}/messages`, {
    method: "POST",
    json: message,
    headers: {
      authorization: `Bearer ${job.secret("mail-key")}`,
      "idempotency-key": job.idempotencyKeyOf("sent"),
    },
    timeout: 20_000,
  });
  const { status } = response;
  if (status === 429) throw new RetryAfter(response.retryAfter() ?? PAUSE, "the mail service asks for a pause");
  if (status >= 500) throw new Retryable(`the mail service has trouble (status ${status})`);
  if (!response.ok) throw new Permanent(`the mail service refuses the message: ${response.text().slice(0, 200)}`);
  return response.json().id;
}
