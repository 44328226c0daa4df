import { readFileSync } from "node:fs";
import { UsageError } from "../arguments.ts";
import { type PolicyCheck, checkPolicy, placeRemarks } from "../iam/policy-check/check-policy.ts";
import { remarkOnPrincipals } from "../iam/policy-check/check-principals.ts";
import { type Finding, POLICY_KINDS, type PolicyKind, type Remark } from "../iam/policy-check/finding.ts";
import { isBegun } from "../installation.ts";
import { configurationOfProcess, splitArguments, takeOptions } from "./command-line.ts";
import { CommandError } from "./failure.ts";
import { openData } from "./open-data.ts";
import { visible } from "./visible.ts";

/**
 * `longshore policy check <file>`: prints what is wrong with a document, a line for each. It looks nothing up but whom the document
 * names, and that only where there is a registry to look into.
 */
export async function checkCommand(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--as"]);
  const { words, flags } = splitArguments(rest, []);
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) throw new UsageError("Name one file, such as longshore policy check policy.json.");
  const text = readFileSync(file, "utf8");
  const check = checkPolicy(text, parseKind(options.get("--as")));
  const findings = placeRemarks(text, [...check.remarks, ...(await absentPrincipals(check, flags))]);
  process.stdout.write(
    findings.map((it) => `${visible(`${file}:${it.line}:${it.column}: ${it.severity}: ${it.message}`)}\n`).join(""),
  );
  const errors = findings.filter((it) => it.severity === "error").length;
  if (errors > 0) throw new CommandError(`${file} cannot be used as a policy of the kind ${check.kind}.`);
  process.stdout.write(summary(file, check.kind, findings));
}

function parseKind(text: string | undefined): PolicyKind | undefined {
  const kind = POLICY_KINDS.find((it) => it === text);
  if (text !== undefined && kind === undefined)
    throw new UsageError(`--as must be one of ${POLICY_KINDS.join(", ")}, not ${text}.`);
  return kind;
}

async function absentPrincipals({ policy }: PolicyCheck, flags: readonly string[]): Promise<readonly Remark[]> {
  if (policy === undefined) return [];
  // A document can be checked anywhere, also beside data that is somebody else's.
  if (!(await isBegun(configurationOfProcess(flags)).catch(() => false))) return [];
  await using data = await openData(flags);
  return await data.metadata.readGlobal((tx) => remarkOnPrincipals(tx, policy));
}

function summary(file: string, kind: PolicyKind, { length }: readonly Finding[]): string {
  if (length === 0) return `${file}: nothing is wrong with it as a policy of the kind ${kind}.\n`;
  return `${file}: ${length === 1 ? "a warning" : `${length} warnings`} about it as a policy of the kind ${kind}.\n`;
}
