// The task without a host: `npm test`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { jobForTest, Permanent } from "taskbox-task";

import { greet } from "./app.js";

test("a person is greeted by name", () => {
  const job = jobForTest();
  assert.deepEqual(greet.run(job, { name: "Ada" }), { text: "Hello, Ada!" });
  assert.deepEqual(job.checkpoints, { greeting: "Hello, Ada!" });
});

test("a greeting needs a name", () => {
  assert.throws(() => greet.run(jobForTest(), { name: "" }), Permanent);
});
