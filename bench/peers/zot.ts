import { execFileSync, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, ready } from "../../test/longshore.ts";
import { endWithUs, stopProcess } from "../../test/processes.ts";
import { findProgram } from "../../test/programs.ts";
import type { PeerKind } from "./peer.ts";

/** zot with its defaults, no authentication, errors logged only. */
export const zot: PeerKind = {
  name: "zot",
  version() {
    const program = findProgram("zot");
    if (program === undefined) return undefined;
    return /"?(?:commit|version)"?[:=]"?([^",\s]+)/i.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1] ?? "?";
  },
  async start({ data, core }) {
    const port = await freePort();
    await mkdir(data, { recursive: true });
    const configuration = join(data, "config.json");
    const http = { address: "127.0.0.1", port: String(port) };
    await writeFile(
      configuration,
      JSON.stringify({ storage: { rootDirectory: join(data, "registry") }, http, log: { level: "error" } }),
    );
    const pin = core === undefined ? [] : ["taskset", "-c", String(core)];
    const [command, ...rest] = [...pin, "zot", "serve", configuration];
    const begun = performance.now();
    const child = endWithUs(spawn(command, rest, { stdio: "ignore", detached: true }));
    await ready(`http://127.0.0.1:${port}/v2/`, child);
    return {
      port,
      pid: child.pid ?? 0,
      headers: "",
      ready_ms: performance.now() - begun,
      createRepository: async () => {},
      [Symbol.asyncDispose]: () => stopProcess(child),
    };
  },
};
