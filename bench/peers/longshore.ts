import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { signedHead } from "../../server/testing/signed-request.ts";
import { type RunningLongshore, startLongshore } from "../../test/longshore.ts";
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
      signed: (operation, input) => signedBytes(server, operation, input),
      async createRepository(name) {
        await server.ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};

function signedBytes({ credentials }: RunningLongshore, operation: string, input: object): Buffer {
  const body = JSON.stringify(input);
  const headers = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
  };
  const { rawHeaders } = signedHead({ ...credentials, time_ms: Date.now(), headers, body });
  const lines: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`);
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join("")}${length}\r\n${body}`);
}
