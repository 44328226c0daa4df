import { execFileSync, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, ready } from "../../test/longshore.ts";
import { endWithUs, stopProcess } from "../../test/processes.ts";
import { findProgram } from "../../test/programs.ts";
import type { PeerKind } from "./peer.ts";

/** Distribution's registry: the file system driver, no authentication, deleting enabled, errors logged only. */
export const dockerRegistry: PeerKind = {
  name: "docker-registry",
  version() {
    const program = findProgram("docker-registry");
    if (program === undefined) return undefined;
    return execFileSync(program, ["--version"], { encoding: "utf8" }).trim().split(" ").at(-1)?.replace(/^v/, "");
  },
  async start({ data, core }) {
    const port = await freePort();
    await mkdir(data, { recursive: true });
    const configuration = join(data, "config.yml");
    await writeFile(configuration, configurationText(data, port));
    const pin = core === undefined ? [] : ["taskset", "-c", String(core)];
    const [command, ...rest] = [...pin, "docker-registry", "serve", configuration];
    const begun = performance.now();
    const child = endWithUs(
      spawn(command, rest, {
        stdio: "ignore",
        detached: true,
        env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
      }),
    );
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

function configurationText(data: string, port: number): string {
  return `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(join(data, "registry"))} }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}" }
`;
}
