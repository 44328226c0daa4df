import { execFileSync } from "node:child_process";
import { findPrograms } from "../programs.ts";

/** The first `aws` on PATH of a major version; both like to have that name. */
export function findCli(major: number): string | undefined {
  return findPrograms("aws").find((it) => {
    try {
      return execFileSync(it, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).startsWith(
        `aws-cli/${major}.`,
      );
    } catch {
      return false;
    }
  });
}
