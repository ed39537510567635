// The error codes of wasi:http as HttpErrors. Every code is in the table, and a test checks that.

import { HttpError } from "./errors.js";

export const CODES = {
  "HTTP-request-denied": ["denied", "the attempt's log names the missing line"],
  "destination-IP-prohibited": ["denied", "the server's address is in no granted network"],
  "DNS-timeout": ["timeout", "the name server did not answer"],
  "connection-timeout": ["timeout", "connecting took too long"],
  "connection-read-timeout": ["timeout", "the server stopped sending"],
  "connection-write-timeout": ["timeout", "the server stopped receiving"],
  "HTTP-response-timeout": ["timeout", "the server sent no response"],
  "DNS-error": ["connect", "the name cannot be resolved"],
  "destination-not-found": ["connect", "the server was not found"],
  "destination-unavailable": ["connect", "the server is not available"],
  "destination-IP-unroutable": ["connect", "there is no route to the server"],
  "connection-refused": ["connect", "the connection was refused"],
  "connection-limit-reached": ["connect", "too many connections are open"],
  "TLS-protocol-error": ["connect", "the TLS handshake failed"],
  "TLS-certificate-error": ["connect", "the server's certificate is not valid"],
  "TLS-alert-received": ["connect", "the server ended the TLS handshake"],
  "loop-detected": ["connect", "a proxy detected a loop"],
  "connection-terminated": ["broken", "the connection was closed"],
  "HTTP-response-incomplete": ["broken", "the response ended early"],
  "HTTP-protocol-error": ["broken", "the response is not valid HTTP"],
  "internal-error": ["broken", "the host reports an internal error"],
  "HTTP-request-method-invalid": ["invalid", "the method is not valid"],
  "HTTP-request-URI-invalid": ["invalid", "the URL is not valid"],
  "HTTP-request-URI-too-long": ["invalid", "the URL is too long"],
  "HTTP-request-length-required": ["invalid", "the server requires its length"],
  "HTTP-request-body-size": ["invalid", "the body is too large"],
  "HTTP-request-header-section-size": ["invalid", "the head is too large"],
  "HTTP-request-header-size": ["invalid", "a header is too large"],
  "HTTP-request-trailer-section-size": ["invalid", "the trailers are too large"],
  "HTTP-request-trailer-size": ["invalid", "a trailer is too large"],
  "HTTP-upgrade-failed": ["invalid", "the protocol upgrade failed"],
  "configuration-error": ["invalid", "the host's configuration is wrong; the attempt's log says why"],
  "HTTP-response-body-size": ["too-large", "the body; raise `limits.response_bytes` in the plugin's grant"],
  "HTTP-response-header-section-size": ["too-large", "the head"],
  "HTTP-response-header-size": ["too-large", "a header"],
  "HTTP-response-trailer-section-size": ["too-large", "the trailers"],
  "HTTP-response-trailer-size": ["too-large", "a trailer"],
  "HTTP-response-content-coding": ["unreadable", "unsupported content coding"],
  "HTTP-response-transfer-coding": ["unreadable", "unsupported transfer coding"],
};

// A later version of wasi:http may add codes: whether the server acted is unknown then, as with a broken connection.
export function errorOf({ tag, val }) {
  const [kind, text] = CODES[tag] ?? ["broken", String(tag)];
  const detail = detailOf(val);
  return new HttpError(kind, detail ? `${text}: ${detail}` : text);
}

function detailOf(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return `the limit is ${value} bytes`;
  if (typeof value === "string") return value;
  return value.rcode ?? value.alertMessage ?? value.fieldName ?? "";
}
