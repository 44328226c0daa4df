import { randomBytes } from "node:crypto";

/** Crockford's base32 in lower case: in the order of their values, and none of them is easily taken for another. */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LENGTH = 9;
const CHANCE_LENGTH = 11;

/** A new id, which sorts behind those of earlier milliseconds. */
export function timedId(now_ms: number): string {
  let time = "";
  for (let left = now_ms; time.length < TIME_LENGTH; left = Math.floor(left / DIGITS.length)) {
    time = (DIGITS[left % DIGITS.length] ?? "") + time;
  }
  const chance = [...randomBytes(CHANCE_LENGTH)].map((it) => DIGITS[it % DIGITS.length]).join("");
  return time + chance;
}
