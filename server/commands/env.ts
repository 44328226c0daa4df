import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseProfile } from "./aws-profile.ts";
import { configurationOfProcess, quote } from "./command-line.ts";
import { endpointOf } from "./endpoint.ts";
import { CommandError } from "./failure.ts";

/** `longshore env`: prints what a shell needs to speak to the registry, for `eval`. */
export function env(args: readonly string[]): void {
  const configuration = configurationOfProcess(args);
  const path = join(configuration.data, "credentials");
  const keys = parseProfile(readCredentials(path), "default");
  if (keys === undefined) throw new CommandError(`${path} holds no access key.`);
  const variables = {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_REGION: configuration.region,
    AWS_DEFAULT_REGION: configuration.region,
    AWS_ENDPOINT_URL: endpointOf(configuration, configuration.port).url,
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  // A session token of another account, left in the shell, would make these keys wrong.
  process.stdout.write(`${[...lines, "unset AWS_SESSION_TOKEN"].join("\n")}\n`);
}

function readCredentials(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const hint = "it is made by the first start; --data says where";
    if (code === "ENOENT" || code === "ENOTDIR") throw new CommandError(`There is no file ${path}: ${hint}.`, { cause: error });
    if (code === "EACCES")
      throw new CommandError(`This user may not read ${path}: do this as the user that the server runs as.`, { cause: error });
    throw new CommandError(`${path} cannot be read (${code}).`, { cause: error });
  }
}
