// UTF-8, which QuickJS has no TextEncoder for.

// The longest run of characters of one call, whose arguments are on the stack.
const RUN_MAX = 4096;

export function encode(text) {
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let code = text.charCodeAt(at);
    if (code < 0x80) {
      bytes[length++] = code;
      continue;
    }
    code = text.codePointAt(at);
    if (code > 0xffff) at++;
    else if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    length = put(bytes, length, code);
  }
  return bytes.slice(0, length);
}

// Writes a code point beyond ASCII, and returns the place behind it.
function put(bytes, at, code) {
  const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  bytes[at] = [0, 0xc0, 0xe0, 0xf0][more] | (code >> (6 * more));
  for (let part = 1; part <= more; part++) bytes[at + part] = 0x80 | ((code >> (6 * (more - part))) & 63);
  return at + more + 1;
}

// Bytes that are not UTF-8 become U+FFFD.
export function decode(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; ) {
    // Most texts are long runs of ASCII.
    let end = at;
    while (end < bytes.length && end - at < RUN_MAX && bytes[end] < 0x80) end++;
    if (end > at) {
      parts.push(String.fromCharCode.apply(null, bytes.subarray(at, end)));
      at = end;
      continue;
    }
    const [code, length] = codeAt(bytes, at);
    parts.push(String.fromCodePoint(code));
    at += length;
  }
  return parts.join("");
}

function codeAt(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return [first, 1];
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  let code = first & (0xff >> (length + 1));
  for (let next = at + 1; next < at + length; next++) {
    if ((bytes[next] & 0xc0) !== 0x80) return [0xfffd, 1];
    code = (code << 6) | (bytes[next] & 63);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length];
  const fits = first >= 0xc2 && first <= 0xf4 && code >= least && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return fits ? [code, length] : [0xfffd, 1];
}
