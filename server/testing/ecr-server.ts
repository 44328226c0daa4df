import assert from "node:assert/strict";
import { ecrOperations } from "../ecr-operations.ts";
import { recordPulls } from "../images/record-pulls.ts";
import type { Operation } from "../kernel/operation.ts";
import { createMemoryBlobs } from "../platform/blobs/memory-blobs.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createAuthorizer } from "../policies/authorizer.ts";
import { type Answer, type AwsServer, startAwsServer, target } from "./aws-server.ts";
import { openTestIdentity } from "./identity.ts";

/** Every operation of ECR's API on a socket, over real domains and memory blobs. */
export interface EcrServer extends AwsServer {
  readonly operations: readonly Operation[];
  readonly metadata: Metadata;
  /** Sends a body to an operation, signed by the account's root user. */
  post(operation: string, body: string | Uint8Array): Promise<Answer>;
  /** Sends an input that must not be refused. Returns the answer. */
  call(operation: string, input: object): Promise<any>;
}

export async function startEcrServer(): Promise<EcrServer> {
  const blobs = createMemoryBlobs();
  const test = await openTestIdentity({ start_ms: Date.now() });
  const pulls = recordPulls({ ...test, onError: assert.ifError });
  const operations = ecrOperations({ ...test, blobs, pulls, authorizer: createAuthorizer(test) });
  const server = await startAwsServer({ test, operations });
  const post = (operation: string, body: string | Uint8Array): Promise<Answer> =>
    server.sendSigned({ headers: target(operation), body });
  return {
    ...server,
    operations,
    metadata: test.metadata,
    post,
    async call(operation, input) {
      const { status, text } = await post(operation, JSON.stringify(input));
      assert.equal(status, 200, `${operation} was refused: ${text}`);
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      await pulls[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
    },
  };
}
