import { UsageError } from "../arguments.ts";
import { checkCommand } from "./policy-check.ts";
import { whatCan, whoCan } from "./policy-matrix.ts";

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  check: checkCommand,
  "who-can": whoCan,
  "what-can": whatCan,
};

/** `longshore policy …`: looks at a document, or at what all that is stored comes to. */
export async function policy(args: readonly string[]): Promise<void> {
  const at = args.findIndex((it) => Object.hasOwn(COMMANDS, it));
  const run = COMMANDS[args[at] ?? ""];
  if (run === undefined)
    throw new UsageError("The commands are longshore policy check, who-can and what-can; longshore --help shows how.");
  await run(args.toSpliced(at, 1));
}
