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
  if (!congestionControl().startsWith("bbr")) return undefined;
  if (process.getuid?.() !== 0) {
    process.stderr.write(
      `Loopback is paced by ${congestionControl()}, which slows large pulls; only root can measure without it.\n`,
    );
    return undefined;
  }
  const setUp = `ip link set lo up && echo ${WITHOUT_PACING} > ${CONGESTION_CONTROL} && exec "$@"`;
  const { status, error } = spawnSync("unshare", ["--net", "sh", "-c", setUp, "sh", process.execPath, ...process.argv.slice(1)], {
    stdio: "inherit",
  });
  if (error !== undefined) throw new Error(`A network namespace could not be had (${error.message}); --paced does without.`);
  return status ?? 1;
}
