/** JSON Schema of a value. */
export type Schema = Record<string, unknown>;
/** A value with a place in JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Level = "trace" | "debug" | "info" | "warn" | "error";

export interface TaskOptions {
  /** 1 to 64 characters of `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter. */
  name: string;
  description?: string;
  inputSchema?: Schema;
  outputSchema?: Schema;
  /** Default number of attempts, 1 to 1000. */
  maxAttempts?: number;
  /** Default wall time of one attempt in milliseconds. */
  timeout?: number;
  queue?: string;
}

export interface Task<Input, Output> {
  readonly options: TaskOptions;
  run(job: Job, input: Input): Output;
  /** An attempt from JSON text to JSON text, as the host runs it. Every error is a TaskError. */
  runJson(job: Job, input: string): string;
}

/** Adds a task to this plugin. The function is not async: a sandbox runs one attempt and may block. */
export function task<Input = any, Output = unknown>(
  options: TaskOptions,
  run: (job: Job, input: Input) => Output,
): Task<Input, Output>;

export interface FetchOptions {
  method?: string;
  headers?: Record<string, string> | [string, string][];
  body?: string | Uint8Array;
  /** Sent as JSON, with its content type. */
  json?: unknown;
  /** Milliseconds of every phase, or of each. */
  timeout?: number | { connect?: number; firstByte?: number; betweenBytes?: number };
}

export class Headers implements Iterable<[string, string]> {
  constructor(lines?: [string, string][]);
  get(name: string): string | null;
  has(name: string): boolean;
  entries(): IterableIterator<[string, string]>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

/** A complete response: `text` and `json` return at once. */
export class Response {
  constructor(body?: string | Uint8Array, options?: { status?: number; headers?: Record<string, string> | [string, string][] });
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  bytes(): Uint8Array;
  text(): string;
  /** A SyntaxError if it is no JSON. */
  json(): any;
  /** The delay in milliseconds that the server requests (`Retry-After`), or null. */
  retryAfter(now?: number): number | null;
}

export interface JobResult {
  readonly jobId: string;
  readonly task: string | null;
  readonly state: string;
  readonly output: any;
  readonly error: string | null;
}

export class Job {
  readonly id: string;
  readonly task: string;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly idempotencyKey: string;
  readonly tags: string[];
  readonly metadata: any;
  readonly traceparent: string | null;
  /** The key of one step, because a third party answers a key with its first response. */
  idempotencyKeyOf(step: string): string;
  /** Milliseconds until the host stops this attempt. */
  timeLeft(): number;
  /** Runs a step once in the life of the job, and returns its result, as read back from JSON, on every attempt. */
  step<T>(name: string, run: () => T): T;
  progress(done: number, total: number, message?: string): void;
  log(level: Level, message: string): void;
  isCancelled(): boolean;
  stopIfCancelled(): void;
  /** A value of the grant. Without it and without a default the job fails. */
  config(key: string): string;
  config<T>(key: string, otherwise: T): string | T;
  /** The placeholder of a secret: send it in a header. */
  secret(name: string): string;
  secret<T>(name: string, otherwise: T): string | T;
  fetch(url: string, options?: FetchOptions): Response;
  parents(): JobResult[];
  /** The value of an event; null if the job waited for it in vain. Ends the attempt if it is not there. */
  waitFor(name: string, timeout: number): any;
  /** A URL to which a third party can POST the value of the event once. */
  eventUrl(name: string, validFor: number): string;
  /** Submits a job in a step that submits once, and returns its id. */
  submit(step: string, task: string, input: unknown, options?: Record<string, unknown>): string;
  submitted(step: string): JobResult | null;
  /** Waits for jobs that this one submitted; false if the time was over before. Ends the attempt if they are not final. */
  waitForJobs(name: string, steps: string[], timeout: number): boolean;
}

export class TaskError extends Error {}
/** Retry after the host's backoff. Every other error has this consequence too. */
export class Retryable extends TaskError {}
export class Permanent extends TaskError {}
export class Cancelled extends TaskError {}
export class RetryAfter extends TaskError {
  constructor(delayMs: number, message?: string);
  readonly delayMs: number;
}
export class Snooze extends TaskError {
  constructor(delayMs: number);
  readonly delayMs: number;
}
export class WaitForEvent extends TaskError {
  constructor(eventName: string, timeoutMs: number);
}
export class WaitForJobs extends TaskError {
  constructor(eventName: string, steps: string[], timeoutMs: number);
}
/** The reason why there is no response. One that is not caught is retried if `retryable`, else the job fails. */
export class HttpError extends Error {
  constructor(kind: HttpError["kind"], detail: string);
  readonly kind: "invalid" | "denied" | "connect" | "timeout" | "broken" | "too-large" | "unreadable";
  readonly retryable: boolean;
}

export interface Reply {
  method?: string;
  url: string;
  status?: number;
  json?: unknown;
  body?: string;
  headers?: Record<string, string>;
  error?: Error;
}
export interface Script {
  http?: Reply[];
  config?: Record<string, string>;
  secrets?: Record<string, string>;
  checkpoints?: Record<string, unknown>;
  parents?: JobResult[];
  events?: Record<string, unknown>;
  cancelled?: boolean;
  context?: Record<string, unknown>;
}
export interface FakeJob extends Job {
  readonly requests: { method: string; url: string; headers: Headers; text: string }[];
  readonly checkpoints: Record<string, any>;
  readonly reports: [number, number, string][];
  readonly lines: [string, string][];
  readonly submissions: { step: string; task: string; input: any; options: any }[];
}
/** The event that did not come. */
export const TIMED_OUT: symbol;
/** A job without a host, for tests in plain Node. */
export function jobForTest(script?: Script): FakeJob;
