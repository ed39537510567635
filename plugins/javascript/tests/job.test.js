import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { HttpError, jobForTest, Permanent, Response, Retryable, RetryAfter, Snooze, task, TIMED_OUT, WaitForEvent, WaitForJobs } from "../index.js";
import { CODES, errorOf } from "../src/codes.js";
import { requestOf, split } from "../src/http.js";
import { specOf } from "../src/task.js";
import { decode, encode } from "../src/utf8.js";

const fail = (error) => task({ name: `fails-${Math.random()}` }, () => { throw error; });
const run = (defined, script) => defined.runJson(jobForTest(script), "{}");

test("a finished step is not run again, and a failed one is", () => {
  const job = jobForTest();
  assert.throws(() => job.step("pay", () => { throw new Retryable("down"); }), Retryable);
  assert.equal(job.step("pay", () => 7), 7);
  assert.equal(job.step("pay", () => assert.fail("paid twice")), 7);
});

test("a step returns on the first attempt what later ones get", () => {
  assert.deepEqual(jobForTest().step("when", () => ({ at: new Date(0), no: undefined })), { at: "1970-01-01T00:00:00.000Z" });
  assert.throws(() => jobForTest().step("later", async () => 1), Permanent);
});

test("every error has its consequence", () => {
  assert.throws(() => run(fail(new TypeError("odd"))), (error) => error instanceof Retryable && /^TypeError: odd\n +at /.test(error.message));
  assert.throws(() => run(fail(new HttpError("denied", "x"))), (error) => /: x\n +at /.test(error.message));
  assert.throws(() => run(fail("text")), Retryable);
  assert.throws(() => run(fail(new Permanent("never"))), Permanent);
  assert.throws(() => run(fail(new HttpError("connect", "x"))), Retryable);
  assert.throws(() => run(fail(new HttpError("denied", "x"))), Permanent);
  assert.equal(new RetryAfter(1e300).delayMs, 366 * 24 * 3600 * 1000);
  assert.throws(() => new Snooze(NaN), TypeError);
});

test("an async task is refused", () => {
  assert.throws(() => run(task({ name: "async" }, async () => 1)), Permanent);
});

test("a value that is not granted fails the job and names the field", () => {
  const job = jobForTest({ config: { a: "1" }, secrets: { key: "<key>" } });
  assert.equal(job.config("a"), "1");
  assert.equal(job.secret("key"), "<key>");
  assert.equal(job.config("b", null), null);
  assert.throws(() => job.secret("other"), /"other".*`secrets`/);
});

test("a task waits for events and for jobs", () => {
  const job = jobForTest({ events: { yes: { by: "Ada" }, late: TIMED_OUT, done: null } });
  assert.deepEqual(job.waitFor("yes", 1), { by: "Ada" });
  assert.equal(job.waitFor("late", 1), null);
  assert.throws(() => job.waitFor("other", 1000), WaitForEvent);
  assert.equal(job.submit("a", "resize", { width: 2 }), job.submit("a", "resize", { width: 2 }));
  assert.equal(job.submissions.length, 1);
  assert.equal(job.submitted("a").task, "resize");
  assert.equal(job.waitForJobs("done", ["a"], 1), true);
  assert.equal(job.waitForJobs("late", ["a"], 1), false);
  assert.equal(job.waitForJobs("none", [], 1), true);
  assert.throws(() => job.waitForJobs("other", ["a"], 1), WaitForJobs);
});

test("a request names its length and its type", () => {
  const post = requestOf("http://a/", { method: "post", json: { é: 1 } });
  assert.equal(post.headers.get("content-length"), "8");
  assert.equal(post.headers.get("Content-Type"), "application/json");
  assert.equal(requestOf("http://a/").headers.get("content-length"), null);
  assert.deepEqual(split("HTTP://a:80?b#c"), { secure: false, authority: "a:80", path: "/?b" });
  for (const url of ["", "a/b", "ftp://a/", "http:///b", "http://me:pw@a/", "http://a/b c", "http://a/\n"])
    assert.throws(() => split(url), HttpError);
});

test("Retry-After is seconds or a date", () => {
  const wait = (value) => new Response("", { headers: { "Retry-After": value } }).retryAfter(784111777000 - 30000);
  assert.equal(wait("7"), 7000);
  assert.equal(wait("Sun, 06 Nov 1994 08:49:37 GMT"), 30000);
  assert.equal(wait("Sun, 06 Nov 1994 08:00:00 GMT"), 0);
  for (const value of ["", "soon", "-1", "1.5"]) assert.equal(wait(value), null);
});

test("UTF-8 is that of the platform", () => {
  const texts = ["", "aé€😀", "\ud800x", "\u0000\u{10ffff}"];
  for (const text of texts) assert.deepEqual(encode(text), new TextEncoder().encode(text));
  for (const text of texts.slice(0, 2)) assert.equal(decode(encode(text)), text);
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]])
    assert.match(decode(Uint8Array.from(bytes)), /^\ufffd+$/);
});

test("every code of wasi:http has an error", () => {
  const wit = readFileSync(new URL("../wit/deps/http/http.wit", import.meta.url), "utf8");
  const variant = wit.slice(wit.indexOf("variant error-code"), wit.indexOf("variant header-error"));
  const tags = [...variant.matchAll(/^    ([A-Za-z-]+)(\(.*\))?,$/gm)].map(([, tag]) => tag);
  assert.deepEqual(Object.keys(CODES).sort(), tags.sort());
  assert.equal(errorOf({ tag: "HTTP-request-denied" }).kind, "denied");
  assert.match(errorOf({ tag: "HTTP-response-body-size", val: 7 }).message, /7 bytes/);
});

test("a spec has the defaults of a task", () => {
  assert.deepEqual(specOf({ name: "a", timeout: 1500, inputSchema: {} }), {
    name: "a", description: "", inputSchema: "{}", outputSchema: null, maxAttempts: null, timeoutMs: 1500, queue: null,
  });
});
