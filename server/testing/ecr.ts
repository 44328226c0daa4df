import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { ecrOperations } from "../ecr-operations.ts";
import { deletionOperations } from "../images/deletions/operations.ts";
import { restoreRepositoryOperation } from "../repositories/restore-repository.ts";
import { imageUseOperations } from "../images/in-use/operations.ts";
import { usageOperations } from "../images/usage/operations.ts";
import { type PullRecorder, recordPulls } from "../images/record-pulls.ts";
import type { Call } from "../kernel/call.ts";
import { RegistryError, wireName } from "../kernel/errors.ts";
import type { AccountId, RepositoryName } from "../kernel/names.ts";
import type { Quotas } from "../kernel/quotas.ts";
import { read } from "../kernel/shape.ts";
import { createSealer } from "../keys/sealer.ts";
import type { Blobs } from "../platform/blobs/blobs.ts";
import { createMemoryBlobs } from "../platform/blobs/memory-blobs.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createAuthorizer } from "../policies/authorizer.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { testCall, testRegistry } from "./call.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { addLayers, type TestImage } from "./image.ts";
import { openTestMetadata } from "./metadata.ts";
import { assertOutput } from "./model.ts";

/** The input of an operation as a client's JSON body has it. */
type Input = Readonly<Record<string, unknown>>;

/** Every operation of ECR's API, and ours about images, over real domains, called with what the body of a request would hold, without the HTTP around it. */
export interface TestEcr extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  readonly pulls: PullRecorder;
  /** Calls an operation; returns its answer as the wire would carry it, checked against ECR's model where it is ECR's. */
  call(name: string, input?: Input, changes?: Partial<Call>): Promise<any>;
  /** Calls an operation that must refuse. Returns ECR's name for the refusal and its text. */
  refusal(name: string, input?: Input, changes?: Partial<Call>): Promise<{ readonly name: string; readonly message: string }>;
}

/** What stands in the place of what a test gets otherwise. */
interface Instead {
  readonly clock?: FakeClock;
  readonly blobs?: Blobs;
  /** Stands between the domains and the database. */
  readonly metadata?: (of: Metadata) => Metadata;
}

export async function openTestEcr(quotas: Partial<Quotas> = {}, instead: Instead = {}): Promise<TestEcr> {
  const clock = instead.clock ?? fakeClock();
  const database = await openTestMetadata(clock);
  const metadata = instead.metadata?.(database) ?? database;
  const blobs = instead.blobs ?? createMemoryBlobs();
  const pulls = recordPulls({ metadata: database, clock, onError: assert.ifError });
  const identity = {
    claim: () => Promise.reject(new Error("no request is signed here")),
    issueToken: () => ({ password: "secret", expires_ms: clock.now() + 1000 }),
    verifyToken: () => Promise.reject(new Error("no token is used here")),
  };
  const authorizer = createAuthorizer({ metadata, clock });
  const deps = { metadata, blobs, clock, pulls, quotas, sealer: createSealer(randomBytes(32)), identity, authorizer };
  const ours = new Map(
    [...imageUseOperations(deps), ...usageOperations(deps), ...deletionOperations(deps), restoreRepositoryOperation(deps)].map(
      (it) => [it.name, it],
    ),
  );
  const operations = new Map([...ecrOperations(deps).map((it) => [it.name, it] as const), ...ours]);

  async function call(name: string, body: Input = {}, changes: Partial<Call> = {}): Promise<unknown> {
    const operation = operations.get(name);
    assert.ok(operation !== undefined, `there is no operation ${name}`);
    const input = read(operation.input, JSON.parse(JSON.stringify(body))) as { readonly registryId?: AccountId };
    const registry = { ...testRegistry, account: input.registryId ?? testRegistry.account };
    const context = testCall({ registry, ...changes });
    if (operation.asks !== "none") await authorizer.require(context, operation.asks(input as never, context));
    const output: unknown = JSON.parse(JSON.stringify(await operation.handle(context, input as never)));
    if (!ours.has(name)) assertOutput(name, output);
    return output;
  }

  return {
    clock,
    metadata,
    blobs,
    pulls,
    call,
    async refusal(name, input, changes) {
      const answer = await call(name, input, changes).catch((error: unknown) => error);
      assert.ok(
        answer instanceof RegistryError,
        `${name} was not refused but answered ${JSON.stringify(answer) ?? String(answer)}`,
      );
      return { name: wireName(answer.code), message: answer.message };
    },
    async [Symbol.asyncDispose]() {
      await pulls[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
    },
  };
}

/** Pushes an image, with its layers, to a repository by the API; under a tag where one is given. */
export async function pushImage(ecr: TestEcr, name: string, of: TestImage, imageTag?: string): Promise<any> {
  await ecr.metadata.write(testRegistry, async (tx) => addLayers(tx, (await findRepository(tx, name as RepositoryName)).id, of));
  const input = { imageManifest: of.body.toString(), imageManifestMediaType: of.mediaType, imageTag };
  return ecr.call("PutImage", { repositoryName: name, ...input });
}
