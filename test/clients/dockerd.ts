import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { until } from "../patience.ts";
import { endWithUs } from "../processes.ts";
import { findProgram, run } from "../programs.ts";

/** A dockerd of this test's own: no bridge, no firewall rules, and nothing shared with one that may run on the machine. */
export async function startDockerd(
  folder: (name: string) => Promise<string>,
  socket: string,
  env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const run_ = await folder("run");
  const folders = ["--data-root", await folder("data"), "--exec-root", run_, "--pidfile", join(run_, "docker.pid")];
  const flags = ["--iptables=false", "--bridge=none", "--storage-driver=vfs", "--log-level=error", "--host", `unix://${socket}`];
  const child = endWithUs(
    spawn(findProgram("dockerd") ?? "dockerd", [...folders, ...flags], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    }),
  );
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const version = () => run("docker", ["version", "--format", "{{.Server.Version}}"], { env }).catch(() => "");
  await until("dockerd answers or ends", async () => child.exitCode !== null || (await version()) !== "");
  if (child.exitCode === null) return child;
  throw new Error(`dockerd did not start: ${said}`);
}
