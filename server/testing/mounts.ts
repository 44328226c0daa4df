import { readFileSync } from "node:fs";

/** The number of that capability. (capabilities(7)) */
const SYS_ADMIN = 21n;

/** Why this process can mount no file system, or false when it can. Root of a container mostly cannot. */
export function withoutMounts(): string | false {
  if (process.platform !== "linux") return "mounts as Linux does";
  const held = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${held}`) >> SYS_ADMIN) & 1n ? false : "needs the right to mount (CAP_SYS_ADMIN)";
}
