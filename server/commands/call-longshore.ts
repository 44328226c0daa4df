import { authorizationOf } from "../identity/sigv4/sign-request.ts";
import { formatAmzDate } from "../identity/sigv4/amz-date.ts";
import { LONGSHORE_TARGET_PREFIX } from "../longshore-operations.ts";
import type { AwsCredentials } from "./aws-profile.ts";
import { CommandError } from "./failure.ts";

/** A server somewhere, and who calls it. */
export interface RemoteServer {
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

const TIMEOUT_MS = 60_000;
const SENTENCE_LENGTH_MAX = 500;

/** Calls one of our own operations, and returns its answer. Throws CommandError, with what the server says. */
export async function callLongshore(server: RemoteServer, operation: string, input: object): Promise<unknown> {
  const { endpoint, region, credentials } = server;
  const time_ms = Date.now();
  const body = JSON.stringify(input);
  const headers = new Map([
    ["host", endpoint.host],
    ["content-type", "application/x-amz-json-1.1"],
    ["x-amz-date", formatAmzDate(time_ms)],
    ["x-amz-target", `${LONGSHORE_TARGET_PREFIX}.${operation}`],
  ]);
  if (credentials.sessionToken !== undefined) headers.set("x-amz-security-token", credentials.sessionToken);
  const grouped = new Map([...headers].map(([name, value]) => [name, [value]]));
  const request = { method: "POST", path: "/", query: "", headers: grouped, body, region, service: "longshore", time_ms };
  headers.set("authorization", authorizationOf(request, credentials));
  const answer = await fetch(new URL("/", endpoint), {
    method: "POST",
    headers: [...headers],
    body,
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new CommandError(`${endpoint.origin} does not answer (${reasonOf(cause)}).`, { cause });
  });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  throw new CommandError(`${endpoint.origin} refused ${operation}: ${refusalOf(answer.status, text)}`);
}

/** What node's fetch keeps behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const inner = cause as NodeJS.ErrnoException | undefined;
  return inner?.code ?? inner?.message ?? message;
}

function refusalOf(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    if (typeof message === "string") return message.slice(0, SENTENCE_LENGTH_MAX);
  } catch {
    // Whatever it is that answers, it is not Longshore.
  }
  return `it answered with status ${status}; is it the endpoint of a Longshore server?`;
}
