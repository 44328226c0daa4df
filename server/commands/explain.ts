import { UsageError } from "../arguments.ts";
import { explainHypothetical } from "../iam/decisions/explain-hypothetical.ts";
import { findPrincipal } from "../iam/decisions/find-principal.ts";
import type { DecisionReport } from "../policies/decision-report.ts";
import { findDenial } from "../policies/denials/find-denial.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { CommandError } from "./failure.ts";
import { type OpenData, openData } from "./open-data.ts";
import { reportText } from "./report-text.ts";

const USAGE = "Name a request, longshore explain <request id>, or say --principal, --action and --resource.";
const CONTEXT = "--context";

/**
 * `longshore explain`: why a request was denied, or how one would be decided now. It reads the data folder or the database
 * directly, and so shows all of it.
 */
export async function explain(args: readonly string[]): Promise<void> {
  const { values: context, rest: others } = takeContext(args);
  const { options, rest } = takeOptions(others, ["--principal", "--action", "--resource"]);
  const { switches, words, flags } = splitArguments(rest, ["--json"]);
  const [id, ...more] = words;
  if (more.length > 0 || (id === undefined) === (options.size === 0)) throw new UsageError(USAGE);
  await using data = await openData(flags);
  const report = id === undefined ? await decideNow(data, options, context) : await recall(data, id);
  process.stdout.write(switches.has("--json") ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
}

async function recall(data: OpenData, id: string): Promise<DecisionReport> {
  const report = await findDenial(data, id);
  if (report !== undefined) return report;
  throw new CommandError(
    `No denial of the request ${id} is known: it was not denied by a policy, or a second ago at most, or it is forgotten.`,
  );
}

async function decideNow(
  { metadata, authorizer, region }: OpenData,
  options: ReadonlyMap<string, string>,
  context: ReadonlyMap<string, readonly string[]>,
): Promise<DecisionReport> {
  const [arn, action, resource] = ["--principal", "--action", "--resource"].map((it) => options.get(it));
  if (arn === undefined || action === undefined || resource === undefined) throw new UsageError(USAGE);
  const principal = await metadata.readGlobal((tx) => findPrincipal(tx, arn));
  return explainHypothetical({ metadata, authorizer }, { principal, action, resource, context, region });
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
