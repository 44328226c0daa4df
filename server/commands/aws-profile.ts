import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { AccessKey } from "../identity/access-keys.ts";
import { CommandError } from "./failure.ts";

/** What a client of AWS is given to sign with. */
export interface AwsCredentials extends AccessKey {
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
  readonly region?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where AWS's own clients look: the environment, and then a profile of the shared credentials file. Throws CommandError. */
export function findCredentials(environment: Environment): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  const sessionToken = environment["AWS_SESSION_TOKEN"] || undefined;
  const region = environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || undefined;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken, region };
  const path = environment["AWS_SHARED_CREDENTIALS_FILE"] || join(homedir(), ".aws", "credentials");
  const profile = environment["AWS_PROFILE"] || "default";
  const found = parseProfile(readIfThere(path), profile);
  if (found !== undefined) return { ...found, region: region ?? found.region };
  throw new CommandError(
    `There are no AWS credentials: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor a profile ${profile} in ${path}.`,
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "";
    throw new CommandError(`${path} cannot be read (${code}).`, { cause: error });
  }
}

/** The keys of a profile in the text of an AWS credentials file, or undefined where it has none. */
export function parseProfile(text: string, profile: string): AwsCredentials | undefined {
  const values = new Map<string, string>();
  let isIn = false;
  for (const line of text.split(/\r?\n/).map((it) => it.trim())) {
    const equals = line.indexOf("=");
    if (line.startsWith("[")) isIn = line === `[${profile}]`;
    else if (isIn && equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  const [accessKeyId, secretAccessKey] = [values.get("aws_access_key_id"), values.get("aws_secret_access_key")];
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: values.get("aws_session_token"), region: values.get("region") };
}
