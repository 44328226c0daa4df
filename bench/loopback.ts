import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const CONGESTION_CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control";
/** Every kernel has it, and lets every network namespace choose it. */
const WITHOUT_PACING = "reno";

/** The congestion control of this process's loopback, as the kernel names it. */
export function congestionControl(): string {
  return readFileSync(CONGESTION_CONTROL, "utf8").trim();
}

/**
 * Runs this command once more in a network namespace of its own where the machine's congestion control paces. BBR sends by timers as
 * fast as it believes a network to be, and in windows that it makes from the round trip, which is a microsecond or so on a loopback: a
 * large pull is then as fast as those timers. Returns the exit code; undefined where this process may measure itself, be it because
 * there is nothing to change or because only root may.
 */
export function runWithoutPacing(): number | undefined {
  const own = congestionControl();
  if (!own.startsWith("bbr")) return undefined;
  const { status, error } =
    process.getuid?.() === 0 ? inNamespaceOfItsOwn() : { status: null, error: new Error("only root may measure without") };
  if (error === undefined) return status ?? 1;
  process.stderr.write(`This loopback is paced by ${own}, which slows large pulls: ${error.message}.\n`);
  return undefined;
}

function inNamespaceOfItsOwn() {
  const setUp = `ip link set lo up && echo ${WITHOUT_PACING} > ${CONGESTION_CONTROL} && exec "$@"`;
  const command = [process.execPath, ...process.argv.slice(1)];
  return spawnSync("unshare", ["--net", "sh", "-c", setUp, "sh", ...command], { stdio: "inherit" });
}
