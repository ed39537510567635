// Requests and responses. `exchange.js` sends them.

import { HttpError, milliseconds } from "./errors.js";
import { decode, encode } from "./utf8.js";

export class Headers {
  constructor(lines = []) {
    this.lines = Array.isArray(lines) ? [...lines] : Object.entries(lines);
  }
  get(name) {
    const found = this.lines.find(([other]) => other.toLowerCase() === name.toLowerCase());
    return found ? found[1] : null;
  }
  has(name) {
    return this.get(name) !== null;
  }
  entries() {
    return this.lines[Symbol.iterator]();
  }
  [Symbol.iterator]() {
    return this.entries();
  }
}

export class Response {
  #body;
  constructor(body = "", { status = 200, headers = [] } = {}) {
    this.#body = typeof body === "string" ? encode(body) : body;
    this.status = status;
    this.headers = new Headers(headers);
  }
  get ok() {
    return this.status >= 200 && this.status < 300;
  }
  bytes() {
    return this.#body;
  }
  text() {
    return decode(this.#body);
  }
  json() {
    return JSON.parse(this.text());
  }
  retryAfter(now = Date.now()) {
    const value = (this.headers.get("retry-after") ?? "").trim();
    if (/^\d+$/.test(value)) return Number(value) * 1000;
    const until = / GMT$/.test(value) ? Date.parse(value) : NaN;
    return Number.isNaN(until) ? null : Math.max(0, until - now);
  }
}

// A request as `exchange.js` sends it.
export function requestOf(url, options = {}) {
  const { method = "GET", headers = {}, body = "", json, timeout } = options;
  const all = new Headers(headers);
  let content = typeof body === "string" ? encode(body) : body;
  if (json !== undefined) {
    all.lines.push(["content-type", "application/json"]);
    content = encode(JSON.stringify(json));
  }
  const name = method.toUpperCase();
  // With its length the body is not sent in chunks, which some servers refuse.
  if ((content.length > 0 || !["GET", "HEAD"].includes(name)) && !all.has("content-length"))
    all.lines.push(["content-length", String(content.length)]);
  return { method: name, url, parts: split(url), headers: all, body: content, timeouts: timeoutsOf(timeout) };
}

function timeoutsOf(timeout) {
  const each = typeof timeout === "number" ? { connect: timeout, firstByte: timeout, betweenBytes: timeout } : timeout;
  const { connect = 10_000, firstByte = 60_000, betweenBytes = 60_000 } = each ?? {};
  return { connect: milliseconds(connect), firstByte: milliseconds(firstByte), betweenBytes: milliseconds(betweenBytes) };
}

// The parts of a URL that wasi:http takes separately. The fragment is dropped, because it is never sent.
export function split(url) {
  const refuse = (why) => new HttpError("invalid", `"${url}" is no address to send to: ${why}`);
  const found = /^([^:]*):\/\/([^/?#]*)([^#]*)/.exec(url);
  if (!found) throw refuse("it does not begin with http:// or https://");
  const [, scheme, authority, path] = found;
  if (!/^https?$/i.test(scheme)) throw refuse("only http and https can be sent");
  if (authority === "") throw refuse("it names no host");
  if (authority.includes("@")) throw refuse("a name and password belong in a header");
  if (/[\x00-\x20\x7f]/.test(url)) throw refuse("it contains a space or a control character");
  return { secure: scheme.toLowerCase() === "https", authority, path: path.startsWith("/") ? path : `/${path}` };
}
