// The running job, as a task sees it. A host has the functions of the contract: `wasm.js` or `testing.js`.

import { Cancelled, milliseconds, Permanent, WaitForEvent, WaitForJobs } from "./errors.js";
import { requestOf } from "./http.js";

export class Job {
  #host;
  #deadlineMs;

  constructor(context, host) {
    this.#host = host;
    this.#deadlineMs = context.deadlineMs;
    this.id = context.jobId;
    this.task = context.task;
    this.attempt = context.attempt;
    this.maxAttempts = context.maxAttempts;
    this.idempotencyKey = context.idempotencyKey;
    this.tags = context.tags;
    this.metadata = JSON.parse(context.metadata);
    this.traceparent = context.traceparent ?? null;
  }

  idempotencyKeyOf(step) {
    return `${this.idempotencyKey}:${step}`;
  }

  timeLeft() {
    return Math.max(0, this.#deadlineMs - Date.now());
  }

  step(name, run) {
    let stored = this.#host.getCheckpoint(name);
    if (stored === null) {
      const result = run();
      stored = jsonOf(result, `the result of step "${name}"`);
      this.#host.setCheckpoint(name, stored);
    }
    // The first attempt gets what a later one would get: what JSON keeps of the result.
    return JSON.parse(stored);
  }

  progress(done, total, message = "") {
    this.#host.reportProgress(milliseconds(done), milliseconds(total), String(message));
  }

  log(level, message) {
    this.#host.log(level, String(message));
  }

  isCancelled() {
    return this.#host.isCancelled();
  }

  stopIfCancelled() {
    if (this.isCancelled()) throw new Cancelled("the job was cancelled");
  }

  config(key, ...otherwise) {
    return this.#granted("configuration value", "config", key, otherwise);
  }

  secret(name, ...otherwise) {
    return this.#granted("secret", "secrets", name, otherwise);
  }

  #granted(what, field, key, otherwise) {
    const value = this.#host.config(key);
    if (value !== null) return value;
    if (otherwise.length > 0) return otherwise[0];
    throw new Permanent(
      `this plugin needs the ${what} "${key}": add it to \`${field}\` of the plugin's grant, then retry the job`,
    );
  }

  fetch(url, options) {
    return this.#host.send(requestOf(url, options));
  }

  parents() {
    return this.#host.parents().map(resultOf);
  }

  waitFor(name, timeout) {
    const event = this.#host.event(name);
    if (event === null) throw new WaitForEvent(name, timeout);
    return event.value === null ? null : JSON.parse(event.value);
  }

  eventUrl(name, validFor) {
    return this.#host.eventUrl(name, milliseconds(validFor));
  }

  submit(step, task, input, options) {
    const fields = options === undefined ? null : jsonOf(options, "the options of this job");
    return this.#host.submit(step, task, jsonOf(input, "the input of this job"), fields);
  }

  submitted(step) {
    const found = this.#host.submitted(step);
    return found === null ? null : resultOf(found);
  }

  waitForJobs(name, steps, timeout) {
    if (steps.length === 0) return true;
    const event = this.#host.event(name);
    if (event === null) throw new WaitForJobs(name, steps, timeout);
    return event.value !== null;
  }
}

function resultOf({ jobId, task, state, output, error }) {
  return { jobId, task, state, output: output === null ? null : JSON.parse(output), error };
}

// JSON text of a value. `undefined`, as of a function without a result, is null.
export function jsonOf(value, what) {
  if (typeof value?.then === "function") throw new Permanent(`${what} is a promise: the function must not be async`);
  try {
    return JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch (error) {
    throw new Permanent(`${what} is not JSON: ${error.message}`);
  }
}
