import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ecrOperations } from "../../server/ecr-operations.ts";
import type { Operation } from "../../server/kernel/operation.ts";

const ROOT = join(import.meta.dirname, "../..");
const COMMANDS = join(ROOT, "node_modules/@aws-sdk/client-ecr/dist-types/commands");
const PAGE = join(ROOT, "docs/parity.md");
const BEGIN = "<!-- operations: made by `npm run parity` -->";
const END = "<!-- end of operations -->";
/** Every operation has these; a table that repeats them says less. */
const EVERYWHERE = new Set(["ECRServiceException", "InvalidParameterException", "ServerException"]);

/** What the server offers. The tables are read, and none of their handlers is run: they need nothing to work with. */
export const operations: readonly Operation[] = ecrOperations({} as never);

/** The exceptions that ECR's model gives each operation, without those that every operation has. By the operation's name. */
export const modelled: ReadonlyMap<string, readonly string[]> = new Map(
  globSync("*Command.d.ts", { cwd: COMMANDS }).map((file) => [
    basename(file, "Command.d.ts"),
    [...readFileSync(join(COMMANDS, file), "utf8").matchAll(/@throws \{@link (\w+)\}/g)]
      .map((it) => it[1] ?? "")
      .filter((it) => !EVERYWHERE.has(it))
      .sort(),
  ]),
);

/** The page as it is, and as its tables should make it. */
export function parityPage(): { readonly path: string; readonly found: string; readonly expected: string } {
  const found = readFileSync(PAGE, "utf8");
  const from = found.indexOf(BEGIN);
  const to = found.indexOf(END);
  if (from === -1 || to < from) throw new Error(`${PAGE} must hold the lines "${BEGIN}" and "${END}", in this order.`);
  return { path: PAGE, found, expected: `${found.slice(0, from)}${BEGIN}\n\n${table()}\n\n${found.slice(to)}` };
}

function table(): string {
  const here = new Map(operations.map((it) => [it.name, it]));
  const rows = [...modelled.keys()].sort().map((name) => {
    const operation = here.get(name);
    const errors = modelled.get(name) ?? [];
    const raised = errors.filter((it) => operation?.errors.some((code) => code === it));
    const missing = errors.filter((it) => !raised.includes(it));
    return `| ${name} | ${operation === undefined ? "not yet" : "yes"} | ${raised.join(", ")} | ${missing.join(", ")} |`;
  });
  return ["| operation | here | errors | errors not yet |", "|---|---|---|---|", ...rows].join("\n");
}
