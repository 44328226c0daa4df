import { UsageError } from "../arguments.ts";
import { explainHypothetical } from "../iam/decisions/explain-hypothetical.ts";
import { findPrincipal } from "../iam/decisions/find-principal.ts";
import { listPrincipals } from "../iam/decisions/list-principals.ts";
import { type Verdict, verdictOf } from "../iam/decisions/verdict.ts";
import { ECR_ON_NOTHING, ECR_ON_REPOSITORIES } from "../iam/policy-check/known-actions.ts";
import type { Principal } from "../kernel/call.ts";
import { repositoryArn } from "../kernel/names.ts";
import { allRepositoryNames } from "../repositories/list-repositories.ts";
import { splitArguments } from "./command-line.ts";
import { takeContext } from "./explain.ts";
import { type OpenData, openData } from "./open-data.ts";
import { visible } from "./visible.ts";

type Context = ReadonlyMap<string, readonly string[]>;

/** One request of a matrix. */
interface Cell {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
}

/** `longshore policy who-can <action> <resource>`: a line for everybody who may, and for whom it depends on more. */
export async function whoCan(args: readonly string[]): Promise<void> {
  const { words, switches, flags, context } = readArguments(args);
  const [action, name, ...more] = words;
  if (action === undefined || name === undefined || more.length > 0) {
    throw new UsageError("Name an action and a resource, such as longshore policy who-can ecr:BatchGetImage app.");
  }
  await using data = await openData(flags);
  const resource = resourceOf(data, name);
  let found = 0;
  for await (const principal of listPrincipals(data.metadata)) {
    const verdict = await decide(data, { principal, action, resource }, context);
    if (verdict === "no" && !switches.has("--all")) continue;
    found++;
    process.stdout.write(`${(principal.session?.principalArn ?? principal.arn).padEnd(NAME_WIDTH)}  ${verdict}\n`);
  }
  if (found === 0) process.stdout.write(`Nobody may perform ${action} on ${resource}.\n`);
}

/** `longshore policy what-can <principal> [resource]`: what it may do, resource by resource. */
export async function whatCan(args: readonly string[]): Promise<void> {
  const { words, flags, context } = readArguments(args);
  const [arn, name, ...more] = words;
  if (arn === undefined || more.length > 0) {
    throw new UsageError("Name a principal by its ARN, and a resource if you like, such as longshore policy what-can <arn> app.");
  }
  await using data = await openData(flags);
  const principal = await data.metadata.readGlobal((tx) => findPrincipal(tx, arn));
  for await (const resource of resourcesOf(data, principal, name)) {
    const actions = resource === "*" ? ECR_ON_NOTHING : ECR_ON_REPOSITORIES;
    const verdicts = new Map<string, string[]>();
    for (const action of actions) {
      const verdict = await decide(data, { principal, action, resource }, context);
      if (verdict !== "no") verdicts.set(verdict, [...(verdicts.get(verdict) ?? []), action]);
    }
    process.stdout.write(`${resource}\n${verdicts.size === 0 ? "  nothing\n" : ""}`);
    for (const [verdict, named] of verdicts)
      process.stdout.write(`  ${verdict}: ${named.length === actions.length ? "everything" : named.join(" ")}\n`);
  }
}

const NAME_WIDTH = 60;

function readArguments(args: readonly string[]) {
  const { values, rest } = takeContext(args);
  return { context: values, ...splitArguments(rest, ["--all"]) };
}

/** A name that is no ARN is that of a repository of the configured registry. */
function resourceOf({ registry }: OpenData, name: string): string {
  return name === "*" || name.startsWith("arn:") ? name : repositoryArn(registry, name);
}

/** The one that is named, or what is asked of nothing and all repositories of the principal's account. */
async function* resourcesOf(data: OpenData, { account }: Principal, name: string | undefined): AsyncGenerator<string> {
  if (name !== undefined) return yield resourceOf(data, name);
  yield "*";
  const registry = { ...data.registry, account };
  for await (const repository of allRepositoryNames(data, registry)) yield repositoryArn(registry, repository);
}

async function decide(data: OpenData, cell: Cell, context: Context): Promise<string> {
  const report = await explainHypothetical(data, { ...cell, context, region: data.registry.region });
  return verdictText(verdictOf(report));
}

function verdictText({ allowed, dependsOn }: Verdict): string {
  return dependsOn.length > 0 ? visible(`depends on ${dependsOn.join(", ")}`) : allowed ? "yes" : "no";
}
