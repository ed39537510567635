// The reasons why an attempt ends without a result, and their consequences.

export class TaskError extends Error {}
export class Retryable extends TaskError {}
export class Permanent extends TaskError {}
export class Cancelled extends TaskError {}

export class RetryAfter extends TaskError {
  constructor(delayMs, message = "") {
    super(message);
    this.delayMs = milliseconds(delayMs);
  }
}

export class Snooze extends TaskError {
  constructor(delayMs) {
    super(`not yet (again in ${delayMs} ms)`);
    this.delayMs = milliseconds(delayMs);
  }
}

export class WaitForEvent extends TaskError {
  constructor(eventName, timeoutMs) {
    super(`waits for ${eventName}`);
    this.eventName = eventName;
    this.timeoutMs = milliseconds(timeoutMs);
  }
}

export class WaitForJobs extends WaitForEvent {
  constructor(eventName, steps, timeoutMs) {
    super(eventName, timeoutMs);
    this.steps = steps;
  }
}

const WORDS = {
  invalid: "the request cannot be sent",
  denied: "the plugin's grant does not allow this request",
  connect: "no connection",
  timeout: "no answer in time",
  broken: "the connection broke",
  "too-large": "the answer is too large",
  unreadable: "the answer cannot be read",
};

export class HttpError extends Error {
  constructor(kind, detail) {
    super(`${WORDS[kind]}: ${detail}`);
    this.kind = kind;
    this.retryable = ["connect", "timeout", "broken"].includes(kind);
  }
}

const YEAR_MS = 366 * 24 * 3600 * 1000;

// Whole milliseconds from 0 to a year. NaN would be no number of the contract, and is refused.
export function milliseconds(value) {
  if (typeof value !== "number" || Number.isNaN(value)) throw new TypeError(`${value} is no number of milliseconds`);
  return Math.round(Math.min(Math.max(value, 0), YEAR_MS));
}
