// The binding to wit/task.wit: alone it knows the modules of the contract. Only inside a component.

import events from "taskbox:task/events@0.1.0";
import jobInterface from "taskbox:task/job@0.1.0";
import jobs from "taskbox:task/jobs@0.1.0";
import parents from "taskbox:task/parents@0.1.0";
import store from "wasi:config/store@0.2.0-rc.1";

import { Cancelled, Permanent, Retryable, RetryAfter, Snooze, WaitForEvent, WaitForJobs } from "./errors.js";
import { payloadOf, send } from "./exchange.js";
import { Job } from "./job.js";
import { useRandomnessOfHost } from "./random.js";
import { runOneOf, specOf, TASKS } from "./task.js";

const host = {
  getCheckpoint: (name) => jobInterface.getCheckpoint(name),
  setCheckpoint: (name, value) =>
    orRetry(`the result of step "${name}" was not stored`, () => jobInterface.setCheckpoint(name, value)),
  reportProgress: (done, total, message) => jobInterface.reportProgress(done, total, message),
  log: (level, message) => jobInterface.log(level, message),
  isCancelled: () => jobInterface.isCancelled(),
  config: (key) => orRetry("the configuration could not be read", () => store.get(key)),
  parents: () => Array.from({ length: parents.count() }, (_, index) => parents.get(index)).filter((one) => one !== null),
  event(name) {
    const event = events.get(name);
    return event === null ? null : { value: event.tag === "value" ? event.val : null };
  },
  eventUrl: (name, validMs) => orRetry(`the event "${name}" has no URL`, () => events.url(name, validMs)),
  submit(step, task, input, options) {
    try {
      return jobs.submit(step, task, input, options);
    } catch (error) {
      const { tag, val } = payloadOf(error);
      throw new (tag === "refused" ? Permanent : Retryable)(String(val));
    }
  },
  submitted: (step) => jobs.get(step),
  send,
};

function orRetry(what, call) {
  try {
    return call();
  } catch (error) {
    const payload = payloadOf(error);
    throw new Retryable(`${what}: ${typeof payload === "string" ? payload : JSON.stringify(payload)}`);
  }
}

// What a task prints is the log of its attempt.
const words = (values) => values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(" ");
const printer = (level) => (...values) => jobInterface.log(level, words(values));
globalThis.console = {
  debug: printer("debug"), log: printer("info"), info: printer("info"), warn: printer("warn"), error: printer("error"),
};

export const task = {
  describe: () => [...TASKS.values()].map(({ options }) => specOf(options)),
  run(context, input) {
    useRandomnessOfHost();
    try {
      return runOneOf(TASKS, new Job(context, host), input);
    } catch (error) {
      throw wireOf(error);
    }
  },
};

function wireOf(error) {
  const message = String(error.message);
  if (error instanceof Permanent) return { tag: "permanent", val: message };
  if (error instanceof RetryAfter) return { tag: "retry-after", val: [error.delayMs, message] };
  if (error instanceof Snooze) return { tag: "snooze", val: error.delayMs };
  if (error instanceof WaitForJobs) return { tag: "wait-for-jobs", val: [error.eventName, error.steps, error.timeoutMs] };
  if (error instanceof WaitForEvent) return { tag: "wait-for-event", val: [error.eventName, error.timeoutMs] };
  if (error instanceof Cancelled) return { tag: "cancelled" };
  return { tag: "retryable", val: message };
}
