import { relative } from "node:path";
import type { Configuration } from "../configuration.ts";
import { repeatedFlags } from "./command-line.ts";
import { endpointOf } from "./endpoint.ts";

/** What a person wants to know when the server is ready. */
export interface Ready {
  readonly configuration: Configuration;
  /** The one that was bound; the configured one may be 0. */
  readonly port: number;
  readonly credentialsFile: string;
  readonly firstStart: boolean;
  /** From the start of the process. */
  readonly startup_ms: number;
}

/** The text that greets a person at a terminal: where everything is, and lines to copy. */
export function bannerText(ready: Ready, { colour }: { readonly colour: boolean }): string {
  const paint = (code: number) => (text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, dim] = [paint(1), paint(90)];
  const { url, registryHost } = endpointOf(ready.configuration, ready.port);
  const { configuration } = ready;
  const flags = repeatedFlags({ ...configuration, port: ready.port });
  const registry = `${configuration.account} in ${configuration.region}`;
  return [
    "",
    `  ${bold("Longshore")} is ready ${dim(`(${ready.startup_ms} ms)`)}`,
    "",
    `  Endpoint     ${bold(url)}`,
    `  Registry     ${registryHost} ${dim(`(account ${registry})`)}`,
    `  Data         ${shortPath(configuration.data)}`,
    `  Metadata     ${configuration.metadata === undefined ? "SQLite, in the data folder" : "PostgreSQL"}`,
    `  Credentials  ${shortPath(ready.credentialsFile)}${ready.firstStart ? ` ${dim("(just made: the root user's keys)")}` : ""}`,
    "",
    `  ${bold("In another terminal, in this folder:")}`,
    "",
    ...firstSteps({ url, registryHost, flags, dim }).map((line) => (line === "" ? "" : `    ${line}`)),
    "",
    `  ${dim("Ctrl-C stops it. longshore --help lists what can be set.")}`,
    "",
    "",
  ].join("\n");
}

interface Steps {
  readonly url: string;
  readonly registryHost: string;
  readonly flags: string;
  readonly dim: (text: string) => string;
}

/** `--endpoint-url` is spelled out because older AWS CLIs do not look at AWS_ENDPOINT_URL. */
function firstSteps({ url, registryHost, flags, dim }: Steps): string[] {
  return [
    dim("# credentials for this shell"),
    `eval "$(npx longshore env${flags})"`,
    "",
    dim("# a repository"),
    `aws ecr create-repository --repository-name hello --endpoint-url ${url}`,
    "",
    dim("# docker"),
    `aws ecr get-login-password --endpoint-url ${url} | docker login --username AWS --password-stdin ${registryHost}`,
    `docker pull busybox && docker tag busybox ${registryHost}/hello:v1`,
    `docker push ${registryHost}/hello:v1`,
    `docker pull ${registryHost}/hello:v1`,
  ];
}

/** A path from here when that is shorter and goes down. */
function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere !== "" && !fromHere.startsWith("..") ? `./${fromHere}` : path;
}
