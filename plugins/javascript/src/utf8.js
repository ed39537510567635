// UTF-8, which QuickJS has no TextEncoder for.

export function encode(text) {
  const bytes = [];
  for (const character of text) {
    let code = character.codePointAt(0);
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}

// Bytes that are not UTF-8 become U+FFFD.
export function decode(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; ) {
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
