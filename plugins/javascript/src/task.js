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
    if (error instanceof HttpError) throw new (error.retryable ? Retryable : Permanent)(error.message);
    throw new Retryable(report(error));
  }
}

// An error with its stack, as far as it fits into a message.
function report(error) {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`.slice(0, 1000);
  const head = `${error.name}: ${error.message}`;
  const stack = error.stack ?? "";
  return (stack.startsWith(head) ? stack : `${head}\n${stack}`).trimEnd().slice(0, 4000);
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
