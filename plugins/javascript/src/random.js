// Math.random of the host. The engine's own has the state of the build, so that every attempt would draw the same numbers.

import random from "wasi:random/random@0.2.12";

const NUMBERS = 64;
const BYTES = 7; // 53 bits of them are a number
let bytes = [];
let at = 0;

export function useRandomnessOfHost() {
  at = bytes.length;
  Math.random = () => {
    if (at >= bytes.length) {
      bytes = random.getRandomBytes(NUMBERS * BYTES);
      at = 0;
    }
    let number = bytes[at] & 31;
    for (let next = at + 1; next < at + BYTES; next++) number = number * 256 + bytes[next];
    at += BYTES;
    return number / 2 ** 53;
  };
}
