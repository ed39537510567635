// Tasks: name, defaults for jobs, and the function that runs them.

import { HttpError, milliseconds, Permanent, Retryable, TaskError } from "./errors.js";
import { jsonOf } from "./job.js";

// All tasks of the plugin by name.
export const TASKS = new Map();

export function task(options, run) {
  if (typeof options?.name !== "string") throw new TypeError("a task needs a name");
  if (TASKS.has(options.name)) throw new TypeError(`two tasks are named "${options.name}"`);
  const defined = { options, run, runJson: (job, text) => runJson(run, job, text) };
  TASKS.set(options.name, defined);
  return defined;
}

function runJson(run, job, text) {
  try {
    return jsonOf(run(job, JSON.parse(text)), "the output of this job");
  } catch (error) {
    if (error instanceof TaskError) throw error;
    if (error instanceof HttpError) throw new (error.retryable ? Retryable : Permanent)(report(error.message, error));
    if (!(error instanceof Error)) throw new Retryable(`thrown: ${String(error)}`.slice(0, 1000));
    throw new Retryable(report(`${error.name}: ${error.message}`, error));
  }
}

// What happened, which the host shows, and below it the stack, which it folds; as far as both fit into a message.
function report(what, error) {
  const head = `${error.name}: ${error.message}`;
  const stack = error.stack ?? "";
  return `${what.slice(0, 1000)}\n${stack.startsWith(head) ? stack.slice(head.length + 1) : stack}`.trimEnd().slice(0, 4000);
}

export function specOf({ name, description = "", inputSchema, outputSchema, maxAttempts, timeout, queue }) {
  return {
    name,
    description,
    inputSchema: inputSchema === undefined ? null : JSON.stringify(inputSchema),
    outputSchema: outputSchema === undefined ? null : JSON.stringify(outputSchema),
    maxAttempts: maxAttempts ?? null,
    timeoutMs: timeout === undefined ? null : milliseconds(timeout),
    queue: queue ?? null,
  };
}

export function runOneOf(tasks, job, text) {
  const found = tasks.get(job.task);
  if (found === undefined) throw new Permanent(`this plugin offers no task named "${job.task}"`);
  return found.runJson(job, text);
}
