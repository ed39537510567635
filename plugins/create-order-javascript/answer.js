// The handling of responses that all third parties share: transient failures and Retry-After.

import { HttpError, Permanent, Retryable, RetryAfter } from "taskbox-task";

// The timeout of a response. The steps normally take 6 and 20 seconds; three times this timeout is still within the
// attempt, so that the error names a silent server instead of a mere timeout of the attempt.
const TIMEOUT = { firstByte: 35_000 };
const QUOTE_LENGTH_MAX = 200;

// Sends a request to a third party. An error contains its name.
export function ask(job, who, url, options) {
  try {
    return job.fetch(url, { timeout: TIMEOUT, ...options });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.retryable) throw new Retryable(`${who} did not answer: ${error.message}`);
    throw new Permanent(`nothing was sent to ${who}: ${error.message}`);
  }
}

// The URL of a resource below the base URL that the operator configured.
export function address(job, base, path) {
  return `${job.config(base).replace(/\/+$/, "")}/${path}`;
}

// Throws the error of a transient failure. 409 is transient because it means that the request of an earlier attempt with
// this idempotency key is still in progress: only the third party knows its result, which it returns to a later request.
export function checkTemporary(who, response) {
  const why = whyTemporary(response.status);
  if (why === null) return;
  const message = `${who} ${why} (status ${response.status})`;
  const delay = response.retryAfter();
  throw delay === null ? new Retryable(message) : new RetryAfter(delay, message);
}

function whyTemporary(status) {
  if (status === 408 || status === 425) return "asks to be called again";
  if (status === 409) return "is still working on an earlier request";
  if (status === 429) return "is called too often and asks to be left alone for a while";
  return status >= 500 && status <= 599 ? "has trouble" : null;
}

// The JSON object of a response.
export function objectOf(who, response) {
  let value;
  try {
    value = response.json();
  } catch (error) {
    throw notUnderstood(who, response, error.message);
  }
  if (typeof value !== "object" || value === null) throw notUnderstood(who, response, "it is no object");
  return value;
}

// The error of an unexpected response, which it quotes.
export function notUnderstood(who, response, why) {
  const text = quote(response.text());
  return new Permanent(`${who} gave an answer that was not understood (${why}; status ${response.status}): ${text}`);
}

// The beginning of a text, on one line.
export function quote(text) {
  const words = [...text.split(/\s+/).filter(Boolean).join(" ")];
  return words.length <= QUOTE_LENGTH_MAX ? words.join("") : `${words.slice(0, QUOTE_LENGTH_MAX).join("")}…`;
}
