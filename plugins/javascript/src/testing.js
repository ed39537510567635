// A job without a host, for tests in plain Node.

import { Response } from "./http.js";
import { Job } from "./job.js";
import { decode } from "./utf8.js";

export const TIMED_OUT = Symbol("the job waited in vain");

export function jobForTest(script = {}) {
  const host = new ScriptedHost(script);
  const context = {
    jobId: "job-1", task: "task", attempt: 1, maxAttempts: 3, idempotencyKey: "key-1",
    deadlineMs: Date.now() + 60_000, tags: [], metadata: "{}", traceparent: null, ...script.context,
  };
  const { requests, checkpoints, reports, lines, submissions } = host;
  return Object.assign(new Job(context, host), { requests, checkpoints, reports, lines, submissions });
}

class ScriptedHost {
  constructor(script) {
    this.script = script;
    this.replies = [...(script.http ?? [])];
    this.granted = { ...script.config, ...script.secrets };
    this.checkpoints = { ...script.checkpoints };
    this.requests = [];
    this.reports = [];
    this.lines = [];
    this.submissions = [];
  }
  getCheckpoint(name) {
    return name in this.checkpoints ? JSON.stringify(this.checkpoints[name]) : null;
  }
  setCheckpoint(name, value) {
    this.checkpoints[name] = JSON.parse(value);
  }
  reportProgress(...report) {
    this.reports.push(report);
  }
  log(...line) {
    this.lines.push(line);
  }
  isCancelled() {
    return this.script.cancelled ?? false;
  }
  config(key) {
    return this.granted[key] ?? null;
  }
  parents() {
    return (this.script.parents ?? []).map((parent) => ({ ...parent, output: JSON.stringify(parent.output) ?? null }));
  }
  event(name) {
    if (!(name in (this.script.events ?? {}))) return null;
    const value = this.script.events[name];
    return { value: value === TIMED_OUT ? null : JSON.stringify(value) };
  }
  eventUrl(name, validMs) {
    return `https://taskbox.test/events/${name}?valid_ms=${validMs}`;
  }
  submit(step, task, input, options) {
    if (!this.submissions.some((one) => one.step === step))
      this.submissions.push({ step, task, input: JSON.parse(input), options: JSON.parse(options ?? "null") });
    return `job-of-${step}`;
  }
  submitted(step) {
    const one = this.submissions.find((other) => other.step === step);
    return one ? { jobId: `job-of-${step}`, task: one.task, state: "available", output: null, error: null } : null;
  }
  send({ method, url, headers, body }) {
    this.requests.push({ method, url, headers, text: decode(body) });
    const reply = this.replies.shift();
    if (!reply) throw new Error(`no reply is left for ${method} ${url}`);
    const wanted = `${reply.method ?? "GET"} ${reply.url}`;
    if (wanted !== `${method} ${url}`) throw new Error(`${wanted} was expected, not ${method} ${url}`);
    if (reply.error) throw reply.error;
    const text = reply.json === undefined ? (reply.body ?? "") : JSON.stringify(reply.json);
    return new Response(text, { status: reply.status, headers: reply.headers });
  }
}
