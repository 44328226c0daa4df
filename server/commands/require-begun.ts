import type { Configuration } from "../configuration.ts";
import { isBegun } from "../installation.ts";
import { CommandError } from "./failure.ts";

/** Throws an error with a sentence unless a server has been started on what a command is to work on, and this user may see that. */
export async function requireBegun(configuration: Configuration): Promise<void> {
  if (await isBegun(configuration)) return;
  throw new CommandError(`There is no registry in ${configuration.data} yet: start it once, or say where it is with --data.`);
}
