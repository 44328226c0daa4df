import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { configurationOfProcess, quote, repeatedFlags, splitArguments } from "./command-line.ts";
import { endpointOf } from "./endpoint.ts";
import { CommandError } from "./failure.ts";
import { apiNames } from "./hosts.ts";
import { issueCertificate, makeAuthority } from "./certificates.ts";
import type { Certified } from "./certificates.ts";

const NAMES_MAX = 100;

/** Where `tls init` puts its files. */
interface TlsFiles {
  readonly folder: string;
  readonly authority: string;
  readonly authorityKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** `longshore tls init`: a private certificate authority and a certificate for the names of this server. */
export async function tls(args: readonly string[]): Promise<void> {
  const { switches, words, flags } = splitArguments(args, ["--official", "--force"]);
  const [verb, ...more] = words;
  if (verb !== "init") throw new UsageError("The command is longshore tls init; longshore --help shows how.");
  if (more.length > NAMES_MAX) throw new UsageError(`These are more than ${NAMES_MAX} names.`);
  const configuration = configurationOfProcess(flags);
  const files = filesIn(join(configuration.data, "tls"));
  if (existsSync(files.certificate) && !switches.has("--force")) {
    throw new CommandError(`There is a certificate in ${files.folder} already; --force makes a new one from the same authority.`);
  }
  const names = [...certificateNames(configuration, switches.has("--official")), ...more];
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  const authority = await authorityOf(files);
  const issued = issueCertificate(authority, [...new Set(names)]);
  await write(files.key, issued.key, 0o600);
  await write(files.certificate, issued.certificate + authority.certificate, 0o644);
  process.stdout.write(nextSteps(configuration, files, names));
}

function filesIn(folder: string): TlsFiles {
  const [authority, authorityKey] = [join(folder, "ca.pem"), join(folder, "ca.key")];
  return { folder, authority, authorityKey, certificate: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
}

/** The authority that is there already, so that who trusts it need not be told again; else a new one. */
async function authorityOf(files: TlsFiles): Promise<Certified> {
  if (existsSync(files.authority) && existsSync(files.authorityKey)) {
    return { certificate: await readFile(files.authority, "utf8"), key: await readFile(files.authorityKey, "utf8") };
  }
  const made = makeAuthority();
  await write(files.authorityKey, made.key, 0o600);
  await write(files.authority, made.certificate, 0o644);
  return made;
}

/** Removed first: a file that is written over would keep its old mode. */
async function write(path: string, text: string, mode: number): Promise<void> {
  await rm(path, { force: true });
  await using file = await open(path, "wx", mode);
  await file.writeFile(text);
  await file.sync();
}

/** What stands between account and region in the names that the server answers to: also those for both kinds of IP, and for FIPS. */
const REGISTRY_LABELS = ["dkr.ecr", "dkr.ecr-fips", "dkr-ecr", "dkr-ecr-fips"];

/** Host names and addresses, with wildcards for the registries of all accounts in each form of their names. */
export function certificateNames(configuration: Configuration, official: boolean): string[] {
  const { hostSuffix, region, publicUrl, address } = configuration;
  return [
    "localhost",
    "127.0.0.1",
    "::1",
    hostSuffix,
    ...(publicUrl === undefined ? [] : [publicUrl.hostname]),
    ...(address === "0.0.0.0" || address === "::" ? [] : [address]),
    ...REGISTRY_LABELS.map((label) => `*.${label}.${region}.${hostSuffix}`),
    ...(official ? REGISTRY_LABELS.map((label) => `*.${label}.${region}.${officialSuffixOf(label)}`) : []),
    ...apiNames(region, hostSuffix, official),
  ].filter((name, at, all) => all.indexOf(name) === at && (isIP(name) !== 0 || name !== ""));
}

/** ECR: names for both kinds of IP have a domain of their own. (ECR user guide, dual-stack endpoints) */
function officialSuffixOf(label: string): string {
  return label.startsWith("dkr-") ? "on.aws" : "amazonaws.com";
}

function nextSteps(configuration: Configuration, files: TlsFiles, names: readonly string[]): string {
  const host = endpointOf(configuration, configuration.port).registryHost;
  const authority = quote(files.authority);
  return `Made a certificate for
${names.map((name) => `  ${name}\n`).join("")}
  certificate  ${files.certificate}
  key          ${files.key}
  authority    ${files.authority} (its key, ca.key, is best kept elsewhere)

Serve with it
  npm start --${repeatedFlags({ ...configuration, tls: files })}

Let clients trust the authority
  docker                   sudo install -D -m 644 ${authority} /etc/docker/certs.d/${host}/ca.crt
  podman, buildah, skopeo  sudo install -D -m 644 ${authority} /etc/containers/certs.d/${host}/ca.crt
  containerd               in /etc/containerd/certs.d/${host}/hosts.toml:
                             server = "https://${host}"
                             [host."https://${host}"]
                               ca = "${files.authority}"
  AWS CLI, boto3           export AWS_CA_BUNDLE=${authority}
  Node                     export NODE_EXTRA_CA_CERTS=${authority}
  crane, oras (Go)         export SSL_CERT_FILE=${authority}
`;
}
