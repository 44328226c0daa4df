import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { startLongshore } from "../../test/longshore.ts";
import type { PeerKind } from "./peer.ts";

/** Longshore with its defaults and SQLite; every request is authenticated and authorized. */
export const longshore: PeerKind = {
  name: "Longshore",
  version: () => {
    const git = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" });
    return git.status === 0 ? git.stdout.trim() : "without git";
  },
  async start({ data, core, workers }) {
    await mkdir(data, { recursive: true });
    const installation = { data, metadata: undefined, [Symbol.asyncDispose]: async () => {} };
    const server = await startLongshore(installation, {
      ...(core === undefined ? {} : { core }),
      ...(workers === undefined ? {} : { workers }),
    });
    const basic = Buffer.from(`AWS:${await server.password()}`).toString("base64");
    return {
      port: server.port,
      pid: server.process.pid ?? 0,
      ready_ms: server.ready_ms,
      ecr: server.ecr,
      headers: `Authorization: Basic ${basic}\r\n`,
      async createRepository(name) {
        await server.ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};
