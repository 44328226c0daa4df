import { UsageError } from "../arguments.ts";
import { explainHypothetical } from "../iam/decisions/explain-hypothetical.ts";
import { findPrincipal } from "../iam/decisions/find-principal.ts";
import type { DecisionReport } from "../policies/decision-report.ts";
import { findDenial, listDenials } from "../policies/denials/find-denial.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { CommandError } from "./failure.ts";
import { type OpenData, openData } from "./open-data.ts";
import { reportText } from "./report-text.ts";
import { visible } from "./visible.ts";

const USAGE = "Name a request, longshore explain <request id>, or say --recent, or --principal, --action and --resource.";
const RECENT = 20;
const CONTEXT = "--context";

/**
 * `longshore explain`: why a request was denied, or how one would be decided now. It reads the data folder or the database
 * directly, and so shows all of it.
 */
export async function explain(args: readonly string[]): Promise<void> {
  const { values: context, rest: others } = takeContext(args);
  const { options, rest } = takeOptions(others, ["--principal", "--action", "--resource"]);
  const { switches, words, flags } = splitArguments(rest, ["--json", "--recent"]);
  const [id, ...more] = words;
  const asked = [id !== undefined, switches.has("--recent"), options.size > 0].filter(Boolean);
  if (more.length > 0 || asked.length !== 1) throw new UsageError(USAGE);
  await using data = await openData(flags);
  if (switches.has("--recent")) return await printRecent(data);
  const report = id === undefined ? await decideNow(data, options, context) : await recall(data, id);
  process.stdout.write(switches.has("--json") ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
}

async function printRecent(data: OpenData): Promise<void> {
  const reports = await listDenials(data, RECENT);
  if (reports.length === 0) process.stdout.write("No request was denied in the last week.\n");
  for (const { requestId, decided_ms, principal, action, resource } of reports) {
    const line = `${requestId}  ${new Date(decided_ms).toISOString()}  ${principal}  ${action}  ${resource}`;
    process.stdout.write(`${visible(line)}\n`);
  }
}

async function recall(data: OpenData, id: string): Promise<DecisionReport> {
  const report = await findDenial(data, id);
  if (report !== undefined) return report;
  throw new CommandError(
    `No denial of the request ${id} is known: it was not denied by a policy, or a second ago at most, or it is forgotten.`,
  );
}

async function decideNow(
  { metadata, authorizer, registry }: OpenData,
  options: ReadonlyMap<string, string>,
  context: ReadonlyMap<string, readonly string[]>,
): Promise<DecisionReport> {
  const [arn, action, resource] = ["--principal", "--action", "--resource"].map((it) => options.get(it));
  if (arn === undefined || action === undefined || resource === undefined) throw new UsageError(USAGE);
  const principal = await metadata.readGlobal((tx) => findPrincipal(tx, arn));
  return explainHypothetical({ metadata, authorizer }, { principal, action, resource, context, region: registry.region });
}

/** Takes each `--context key=value` out of what the command is given. A key that is there twice has both values. */
export function takeContext(args: readonly string[]): {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
} {
  const [values, rest] = [new Map<string, readonly string[]>(), [] as string[]];
  const left = args.values();
  for (const argument of left) {
    const isWhole = argument.startsWith(`${CONTEXT}=`);
    if (!isWhole && argument !== CONTEXT) {
      rest.push(argument);
      continue;
    }
    const text = isWhole ? argument.slice(CONTEXT.length + 1) : (left.next().value ?? "");
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError("--context needs a key and a value, such as --context aws:SourceIp=192.0.2.1.");
    const key = text.slice(0, at).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), text.slice(at + 1)]);
  }
  return { values, rest };
}
