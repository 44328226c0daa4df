import { UsageError } from "../arguments.ts";
import type { ReportImagesInUseOutput } from "../images/in-use/report-images-in-use.ts";
import { parseRegion } from "../kernel/names.ts";
import { findCredentials } from "./aws-profile.ts";
import { callLongshore, type RemoteServer } from "./call-longshore.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { visible } from "./visible.ts";

const USAGE = "The command is longshore in-use report --cluster <name> --endpoint <url>; longshore --help shows more.";
const REGION_DEFAULT = "us-east-1";
/** References in one call: half of what it may have, for they may be long. */
const BATCH_REFERENCES = 500;

/**
 * `longshore in-use report`: tells a server, which may be anywhere, which images a cluster runs. References are words of the command
 * line or lines of the standard input.
 */
export async function inUse(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--cluster", "--endpoint", "--region", "--registry-id"]);
  const { switches, words, flags } = splitArguments(rest, ["--json"]);
  const [verb, ...references] = words;
  if (verb !== "report") throw new UsageError(USAGE);
  if (flags[0] !== undefined) throw new UsageError(`There is no flag ${flags[0]}. ${USAGE}`);
  const clusterName = options.get("--cluster");
  if (clusterName === undefined) throw new UsageError("Name the cluster that runs the images: --cluster <name>.");
  const server = serverOf(options);
  const lines = references.length > 0 ? references : await readLines();
  const named = [...new Set(lines.map((it) => it.trim()).filter((it) => it !== ""))];
  const registryId = options.get("--registry-id");
  const unknownImages: string[] = [];
  let recordedCount = 0;
  for (let at = 0; at < named.length; at += BATCH_REFERENCES) {
    const imageReferences = named.slice(at, at + BATCH_REFERENCES);
    const answer = await callLongshore(server, "ReportImagesInUse", { clusterName, registryId, imageReferences });
    const report = answer as ReportImagesInUseOutput;
    recordedCount += report.recordedCount;
    unknownImages.push(...report.unknownImages);
  }
  const text = switches.has("--json")
    ? JSON.stringify({ recordedCount, unknownImages }, undefined, 2)
    : visible(
        `Images of ${server.endpoint.host} that ${clusterName} uses: ${recordedCount}. ` +
          `References that name none of them by its digest: ${unknownImages.length} of ${named.length}.`,
      );
  process.stdout.write(`${text}\n`);
}

function serverOf(options: ReadonlyMap<string, string>): RemoteServer {
  const text = options.get("--endpoint") ?? process.env["AWS_ENDPOINT_URL"];
  if (text === undefined) throw new UsageError("Say where the server is: --endpoint <url>, or AWS_ENDPOINT_URL.");
  const endpoint = URL.parse(text);
  if (endpoint === null || !/^https?:$/.test(endpoint.protocol)) throw new UsageError(`--endpoint must be a URL, not ${text}.`);
  const credentials = findCredentials(process.env);
  const region = options.get("--region") ?? credentials.region ?? REGION_DEFAULT;
  if (parseRegion(region) === undefined) throw new UsageError(`--region must be the name of a region, not ${region}.`);
  return { endpoint, region, credentials };
}

async function readLines(): Promise<readonly string[]> {
  if (process.stdin.isTTY) throw new UsageError("Give image references as words, or one a line on the standard input.");
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString().split("\n");
}
