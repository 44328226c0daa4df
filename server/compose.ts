import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { jsonApis, queryApis } from "./apis.ts";
import { suggestion } from "./kernel/suggestion.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { createAccount } from "./identity/create-account.ts";
import { deliverCredentials } from "./identity/credentials-file.ts";
import { createIdentity } from "./identity/identity.ts";
import { type UseRecorder, recordUses } from "./identity/record-uses.ts";
import { membershipOf } from "./iam/organisation/control-policies.ts";
import { credentialsFileOf, openInstallation, openStores } from "./installation.ts";
import { damageLog, jobRunners, standingJobs } from "./jobs.ts";
import { type PullRecorder, recordPulls } from "./images/record-pulls.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import { SPOOLED_BODIES_BYTES_MAX } from "./kernel/limits.ts";
import type { Operation } from "./kernel/operation.ts";
import type { Sealer } from "./keys/sealer.ts";
import type { BlobStores } from "./platform/blobs/archiving-blobs.ts";
import type { Blobs } from "./platform/blobs/blobs.ts";
import { NOTHING_PRIVATE } from "./platform/egress/allowance.ts";
import { createEgress } from "./platform/egress/egress.ts";
import { startJobs } from "./platform/jobs/worker.ts";
import type { Logger } from "./platform/log.ts";
import type { Metadata } from "./platform/metadata/metadata.ts";
import { createAuthorizer } from "./policies/authorizer.ts";
import { type DenialRecorder, recordDenials } from "./policies/denials/record-denials.ts";
import { createAwsJson } from "./protocols/aws-json.ts";
import { createAwsQuery } from "./protocols/aws-query.ts";
import { type BodySpool, openBodySpool } from "./protocols/body-spool.ts";
import { createDownload } from "./protocols/download.ts";
import { createHosts } from "./protocols/hosts.ts";
import { createHttpServer, type Listening } from "./protocols/http-server.ts";
import type { HttpHandler } from "./protocols/http.ts";
import { createOciProtocol } from "./protocols/oci/oci-protocol.ts";
import { createRates, type Rates } from "./protocols/rates.ts";
import { createRouter } from "./protocols/router.ts";
import { readTls } from "./tls-files.ts";

/** A registry that is built and not yet reachable. Disposing of it drains what runs, then closes everything. */
export interface Registry extends AsyncDisposable {
  /** Accepts connections. Rejects with node's error when the address cannot be had. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** The AWS credentials file of the first account. */
  readonly credentialsFile: string;
  /** Whether this start made the first account. */
  readonly firstStart: boolean;
}

/** What the parts are built from. */
interface Foundation {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  /** Where archived images have a store of their own: the two that `blobs` is made of. */
  readonly stores: BlobStores | undefined;
  readonly pulls: PullRecorder;
  readonly uses: UseRecorder;
  readonly denials: DenialRecorder;
}

/** Builds everything from the configuration, in the order of the floors. */
export async function compose(configuration: Configuration, { logger }: { readonly logger: Logger }): Promise<Registry> {
  const clock = systemClock;
  const tls = await readTls(configuration);
  await using opened = new AsyncDisposableStack();
  const { sealer, metadata } = opened.use(await openInstallation(configuration, clock));
  const { blobs, stores } = await openStores(configuration, metadata, hashThreadsOf(configuration));
  opened.use(blobs);
  const unwritten = (what: string) => (err: unknown) => logger.error({ err }, `${what} could not be written`);
  const pulls = opened.use(recordPulls({ metadata, clock, onError: unwritten("pull times") }));
  const uses = opened.use(recordUses({ metadata, clock, onError: unwritten("uses of keys, tokens and roles") }));
  const denials = opened.use(recordDenials({ metadata, onError: unwritten("denials") }));
  const folder = join(configuration.data, "receiving");
  const spool = await openBodySpool({ folder, size_bytes_max: SPOOLED_BODIES_BYTES_MAX });
  const foundation: Foundation = { configuration, logger, clock, sealer, metadata, blobs, stores, pulls, uses, denials };
  const credentialsFile = credentialsFileOf(configuration);
  const firstStart = await makeFirstAccount(foundation, credentialsFile);
  const server = createHttpServer({
    handler: createHandler(foundation, spool),
    log: logger,
    tls,
    trustedProxies: configuration.trustedProxies,
  });
  await metadata.writeGlobal(async (tx) => {
    for (const job of standingJobs(configuration, clock.now())) await tx.enqueue(job);
  });
  opened.use(runJobs(foundation));

  const closing = opened.move();
  let listening: Listening | undefined;
  return {
    credentialsFile,
    firstStart,
    async listen() {
      listening = await server.listen({ address: configuration.address, port: configuration.port });
      const host = configuration.address.includes(":") ? `[${configuration.address}]` : configuration.address;
      return { url: `${tls === undefined ? "http" : "https"}://${host}:${listening.port}`, port: listening.port };
    },
    async [Symbol.asyncDispose]() {
      await listening?.close({ grace_ms: configuration.shutdownGrace_s * 1000 });
      await closing.disposeAsync();
    },
  };
}

/** Two threads keep up with what one process can receive; several processes share the cores, and more threads than cores only wait. */
function hashThreadsOf({ workers }: Configuration): number {
  return Math.max(1, Math.min(2, Math.floor(availableParallelism() / workers)));
}

/** Makes the default account on the first start, and writes its credentials down once. Returns whether it did. */
async function makeFirstAccount(foundation: Foundation, path: string): Promise<boolean> {
  const { account, region } = foundation.configuration;
  const made = await createAccount(foundation, account);
  if (!made.created) return false;
  const { accessKeyId, secretAccessKey } = made;
  await deliverCredentials(foundation, { path, account, credentials: { accessKeyId, secretAccessKey, region } });
  return true;
}

/** All protocols over all domains. */
function createHandler(foundation: Foundation, spool: BodySpool): HttpHandler {
  const { configuration, clock, sealer, metadata, blobs, pulls, uses, denials } = foundation;
  const identity = createIdentity({ metadata, sealer, clock, skew_s: configuration.maxRequestSkew_s, uses });
  const authorizer = createAuthorizer({ metadata, clock, membershipOf, denials });
  const hosts = createHosts(configuration);
  const egress = createEgress(configuration.egressAllow ?? NOTHING_PRIVATE);
  const deps = { metadata, blobs, clock, sealer, pulls, egress, quotas: configuration, onDamage: damageLog(foundation.logger) };
  const services = jsonApis({ ...deps, identity, authorizer, denials, account: configuration.account });
  const rates = ratesOf(foundation, services.ecr.operations);
  return createRouter({
    hosts,
    oci: createOciProtocol({ ...deps, hosts, identity, authorizer, rates }),
    awsJson: createAwsJson({ identity, authorizer, rates, services, spool }),
    awsQuery: createAwsQuery({ identity, authorizer, services: queryApis({ ...deps, authorizer, denials }) }),
    download: createDownload(deps),
    checks: { database: () => metadata.check(), blobs: () => blobs.check() },
  });
}

/** Counts calls where a rate is set. Throws ConfigurationError for a rate of an operation that is not there. */
function ratesOf({ configuration, clock }: Foundation, operations: readonly Operation[]): Rates | undefined {
  const { rates, workers } = configuration;
  if (rates === undefined) return undefined;
  const known = operations.map((it) => it.name);
  for (const name of rates.keys()) {
    if (known.includes(name)) continue;
    const nearest = suggestion(name, known);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    throw new ConfigurationError(`--rates names ${name}, which is not an operation that this server has${hint}`);
  }
  return createRates({ rates, processes: workers, clock });
}

function runJobs(foundation: Foundation): AsyncDisposable {
  const { metadata, clock, logger } = foundation;
  return startJobs({
    metadata,
    clock,
    runners: Object.fromEntries(jobRunners(foundation).map((it) => [it.kind, it.run])),
    owner: randomUUID(),
    signal: new AbortController().signal,
    onError: (error, job) => logger.error({ err: error, job }, "a job failed"),
  });
}
