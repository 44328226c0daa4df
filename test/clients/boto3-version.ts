import { spawnSync } from "node:child_process";

/** The version of boto3 that a Python has; empty where it has none. */
export function boto3Version(python: string): string {
  return spawnSync(python, ["-c", "import boto3; print(boto3.__version__)"], { encoding: "utf8" }).stdout?.trim() ?? "";
}
