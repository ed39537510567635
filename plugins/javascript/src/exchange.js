// One request and its response over wasi:http. Only inside a component.
//
// Every resource is a handle in the host, and is disposed of here, children before their parent: the collector would
// choose any order, and the host ends a guest that drops a parent first.

import handler from "wasi:http/outgoing-handler@0.2.12";
import types from "wasi:http/types@0.2.12";

import { errorOf } from "./codes.js";
import { HttpError } from "./errors.js";
import { Response } from "./http.js";
import { decode, encode } from "./utf8.js";

// The most bytes of one call of blocking-write-and-flush, and the size of one read.
const WRITE_BYTES_MAX = 4096;
const READ_BYTES_MAX = 64 * 1024;
const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

// The payload of an error of the contract, however it is wrapped.
export function payloadOf(error) {
  return error?.payload ?? error;
}

export function send(request) {
  const outgoing = headOf(request);
  const body = outgoing.body();
  let answer;
  try {
    answer = handler.handle(outgoing, optionsOf(request.timeouts));
  } catch (error) {
    body[Symbol.dispose]();
    throw errorOf(payloadOf(error));
  }
  write(body, request.body);
  return within(answer, receive);
}

// Calls with a resource, and disposes of it.
function within(resource, call) {
  try {
    return call(resource);
  } finally {
    resource[Symbol.dispose]();
  }
}

function headOf({ method, url, parts, headers }) {
  try {
    const fields = types.Fields.fromList([...headers].map(([name, value]) => [name, encode(String(value))]));
    const head = new types.OutgoingRequest(fields);
    head.setMethod(METHODS.includes(method) ? { tag: method.toLowerCase() } : { tag: "other", val: method });
    head.setScheme({ tag: parts.secure ? "HTTPS" : "HTTP" });
    head.setAuthority(parts.authority);
    head.setPathWithQuery(parts.path);
    return head;
  } catch (error) {
    throw new HttpError("invalid", `${method} ${url}: ${payloadOf(error)?.tag ?? "a part cannot be sent"}`);
  }
}

function optionsOf({ connect, firstByte, betweenBytes }) {
  const options = new types.RequestOptions();
  const ns = (ms) => Math.max(ms, 1) * 1_000_000;
  for (const [set, value] of [["setConnectTimeout", connect], ["setFirstByteTimeout", firstByte], ["setBetweenBytesTimeout", betweenBytes]]) {
    try {
      options[set](Math.min(ns(value), Number.MAX_SAFE_INTEGER));
    } catch {
      continue; // The host does not support it and has its own.
    }
  }
  return options;
}

// A write fails because the host refused the request, the connection broke, or the server responded before it had read
// everything. In each case the response has the better error.
function write(body, content) {
  try {
    within(body.write(), (stream) => {
      for (let at = 0; at < content.length; at += WRITE_BYTES_MAX)
        stream.blockingWriteAndFlush(content.slice(at, at + WRITE_BYTES_MAX));
    });
  } catch {
    body[Symbol.dispose]();
    return;
  }
  try {
    types.OutgoingBody.finish(body, null);
  } catch {
    return;
  }
}

function receive(answer) {
  within(answer.subscribe(), (ready) => ready.block());
  const received = answer.get();
  if (received === null || received.tag === "err") throw new HttpError("broken", "the host lost the answer");
  if (received.val.tag === "err") throw errorOf(received.val.val);
  return within(received.val.val, (response) => {
    const content = within(response.consume(), (body) => within(body.stream(), read));
    const headers = within(response.headers(), (fields) => fields.entries());
    const lines = headers.map(([name, value]) => [name, decode(bytesOf(value))]);
    return new Response(content, { status: response.status(), headers: lines });
  });
}

function read(stream) {
  const pieces = [];
  for (;;) {
    let piece;
    try {
      piece = bytesOf(stream.blockingRead(READ_BYTES_MAX));
    } catch (error) {
      const payload = payloadOf(error);
      if (payload?.tag === "closed") return join(pieces);
      throw within(payload.val, (cause) => {
        const code = types.httpErrorCode(cause);
        return code === null ? new HttpError("broken", cause.toDebugString()) : errorOf(code);
      });
    }
    pieces.push(piece);
  }
}

// A list of bytes of the bindings, which is an array or already bytes.
const bytesOf = (list) => (list instanceof Uint8Array ? list : new Uint8Array(list));

function join(pieces) {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
