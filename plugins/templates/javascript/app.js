// @ts-check
// The plugin my-plugin: one task, which greets a person.

import { Permanent, task } from "taskbox-task";

/** @typedef {{ name: string }} Person the input of a job */
/** @typedef {{ text: string }} Greeting its output */

export const greet = task(
  {
    name: "my-plugin",
    description: "Greets a person by name",
    maxAttempts: 5,
    timeout: 60_000,
    inputSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
    outputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  },
  /** @type {(job: import("taskbox-task").Job, person: Person) => Greeting} */
  (job, { name }) => {
    if (name === "") throw new Permanent("a greeting needs a name");
    // A step runs once in the life of a job, however often the job is tried.
    const text = job.step("greeting", () => `Hello, ${name}!`);
    job.progress(1, 1, "The greeting is written");
    return { text };
  },
);
