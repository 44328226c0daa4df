import { findLayer, openLayer } from "../../server/layers/find-layer.ts";
import { mountLayer } from "../../server/layers/mount-layer.ts";
import { expectLayer, putLayer } from "../../server/layers/put-layer.ts";
import { RegistryError, wireName } from "../../server/kernel/errors.ts";
import { groupHeaders } from "../../server/identity/sigv4/signed-headers.ts";
import { bodyOf, readBlob, sha } from "../../server/testing/blobs-suite.ts";
import { repositoryName, testCall } from "../../server/testing/call.ts";
import { signedHead } from "../../server/testing/signed-request.ts";
import type { Digest } from "../../server/kernel/names.ts";
import type { RunningLongshore } from "../longshore.ts";
import type { World } from "./world.ts";

/** What a registry refused, by the name that the wire has for it. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** A registry as the clients of the interleavings know it. What it refuses is Refused; anything else means that it has died. */
export interface Registry {
  now_ms(): number;
  /** An operation of ECR's API or ours. */
  call(operation: string, input: Readonly<Record<string, unknown>>): Promise<any>;
  hasLayer(repository: string, digest: Digest): Promise<boolean>;
  mountLayer(repository: string, digest: Digest, from: string): Promise<boolean>;
  /** Sends a layer in one request. */
  putLayer(repository: string, bytes: Buffer): Promise<void>;
  readLayer(repository: string, digest: Digest): Promise<Buffer>;
}

/** A registry in this process, without the protocols. */
export function registryOf({ ecr }: World): Registry {
  const call = testCall();
  const keyOf = (repository: string, digest: Digest) => ({ name: repositoryName(repository), digest });
  const refusing = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      if (error instanceof RegistryError) throw new Refused(wireName(error.code), error.message);
      throw error;
    });
  return {
    now_ms: () => ecr.clock.now(),
    call: (operation, input) => refusing(ecr.call(operation, input)),
    hasLayer: (repository, digest) =>
      findLayer(ecr, call, keyOf(repository, digest)).then(
        () => true,
        (error: unknown) => {
          if (error instanceof RegistryError && error.code === "LayerNotFoundException") return false;
          throw error;
        },
      ),
    mountLayer: (repository, digest, from) =>
      refusing(mountLayer(ecr, call, { ...keyOf(repository, digest), from: [repositoryName(from)] })),
    async putLayer(repository, bytes) {
      const expected = await refusing(expectLayer(ecr, call, keyOf(repository, sha(bytes))));
      await refusing(putLayer(ecr, call, expected, { body: bodyOf(bytes), expected_bytes: bytes.length }));
    },
    async readLayer(repository, digest) {
      await using _layer = await refusing(openLayer(ecr, call, keyOf(repository, digest)));
      return await readBlob(ecr.blobs, digest);
    },
  };
}

const OURS = new Set(["RestoreImages"]);

/** A server in processes of its own, over HTTP. */
export async function registryAt({ port, credentials, ...server }: RunningLongshore): Promise<Registry> {
  const host = `127.0.0.1:${port}`;
  const basic = `Basic ${Buffer.from(`AWS:${await server.password()}`).toString("base64")}`;
  const send = (method: string, path: string, body?: Buffer) =>
    fetch(`http://${host}/v2/${path}`, {
      method,
      headers: { authorization: basic, ...(body && { "content-type": "application/octet-stream" }) },
      ...(body && { body: new Uint8Array(body) }),
    });
  const refuse = async (answer: Response, what: string): Promise<never> => {
    throw new Refused(String(answer.status), `${what}: ${await answer.text()}`);
  };
  return {
    now_ms: () => Date.now(),
    async call(operation, input) {
      const ours = OURS.has(operation);
      const target = `${ours ? "Longshore_V20261101" : "AmazonEC2ContainerRegistry_V20150921"}.${operation}`;
      const body = JSON.stringify(input);
      const head = signedHead({
        ...credentials,
        time_ms: Date.now(),
        headers: { Host: host, "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target },
        body,
        service: ours ? "longshore" : "ecr",
      });
      const headers = [...groupHeaders(head.rawHeaders)].flatMap(([name, values]) =>
        values.map((it): [string, string] => [name, it]),
      );
      const answer = await fetch(`http://${host}/`, { method: "POST", headers, body });
      const output = (await answer.json()) as { readonly __type?: string; readonly message?: string };
      if (!answer.ok) throw new Refused(output.__type?.split("#").at(-1) ?? String(answer.status), output.message ?? "");
      return output;
    },
    async hasLayer(repository, digest) {
      const answer = await send("HEAD", `${repository}/blobs/${digest}`);
      return answer.ok || (answer.status !== 404 && (await refuse(answer, "HEAD")));
    },
    async mountLayer(repository, digest, from) {
      const answer = await send("POST", `${repository}/blobs/uploads/?mount=${digest}&from=${from}`);
      return answer.status === 201 || (answer.status !== 202 && (await refuse(answer, "mount")));
    },
    async putLayer(repository, bytes) {
      const answer = await send("POST", `${repository}/blobs/uploads/?digest=${sha(bytes)}`, bytes);
      if (answer.status !== 201) await refuse(answer, "POST");
    },
    async readLayer(repository, digest) {
      const answer = await send("GET", `${repository}/blobs/${digest}`);
      return answer.ok ? Buffer.from(await answer.arrayBuffer()) : refuse(answer, "GET");
    },
  };
}
