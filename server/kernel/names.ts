/**
 * The names that everything else is said in. Each is a branded string: text becomes one of these once, at the rim,
 * through its parse function, and is trusted from there on.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type AccountId = Branded<"AccountId">;
export type Region = Branded<"Region">;
export type RepositoryName = Branded<"RepositoryName">;
export type Digest = Branded<"Digest">;
export type Tag = Branded<"Tag">;
export type Arn = Branded<"Arn">;

/** One registry: an account in a region. Everything that is stored is stored under one of these. */
export interface RegistryId {
  readonly account: AccountId;
  readonly region: Region;
}

export type DigestAlgorithm = "sha256" | "sha512";

/** ECR: RepositoryName is 2 to 256 characters. (API model, RepositoryName) */
export const REPOSITORY_NAME_LENGTH_MIN = 2;
export const REPOSITORY_NAME_LENGTH_MAX = 256;
/** ECR: the pattern as the API model prints it; validation messages quote it. */
export const REPOSITORY_NAME_PATTERN = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(\\/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*";
/** ECR: what a rule or a template covers: names that begin so, or with `ROOT` all of them. (API model, Prefix) */
export const REPOSITORY_PREFIX_PATTERN = `^(${REPOSITORY_NAME_PATTERN}\\/?|ROOT)$`;
export const DIGEST_PATTERN = "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+";

/** The prefix that every repository has. */
export const ROOT_PREFIX = "ROOT";

/** ECR: what messages quote for a tag. (alexjurkiewicz/ecr-scan-image#40) */
export const IMAGE_TAG_PATTERN = "[a-zA-Z0-9-_.]+";
const IMAGE_TAG_LENGTH_MAX = 300;

const ACCOUNT_ID = /^[0-9]{12}$/;
const REGION = /^[a-z]{2,4}(-[a-z0-9]+)+-[0-9]{1,2}$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const IMAGE_TAG = /^[A-Za-z0-9._-]+$/;
const DIGEST_FORM = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;
const SHA256 = /^sha256:[a-f0-9]{64}$/;
const SHA512 = /^sha512:[a-f0-9]{128}$/;

/** Twelve digits, or undefined. */
export function parseAccountId(text: string): AccountId | undefined {
  return ACCOUNT_ID.test(text) ? (text as AccountId) : undefined;
}

/** A region name such as `us-east-1`, or undefined. At most 25 characters, as in ECR's model. */
export function parseRegion(text: string): Region | undefined {
  return text.length <= 25 && REGION.test(text) ? (text as Region) : undefined;
}

/** A digest of a supported algorithm with lower-case hex of the right length, or undefined. */
export function parseDigest(text: string): Digest | undefined {
  return (text.length === 71 && SHA256.test(text)) || (text.length === 135 && SHA512.test(text)) ? (text as Digest) : undefined;
}

/** Whether a text has the form of a digest of whatever algorithm. ECR: LayerDigest. (API model) */
export function hasDigestForm(text: string): boolean {
  return DIGEST_FORM.test(text);
}

/**
 * A tag as ECR's API takes it, or undefined: longer than the OCI distribution specification has them, and beginning with any
 * of its characters. (API model, ImageTag)
 */
export function parseImageTag(text: string): Tag | undefined {
  return text.length <= IMAGE_TAG_LENGTH_MAX && IMAGE_TAG.test(text) ? (text as Tag) : undefined;
}

/** A tag in the grammar of the OCI distribution specification (at most 128 characters), or undefined. */
export function parseTag(text: string): Tag | undefined {
  return TAG.test(text) ? (text as Tag) : undefined;
}

/**
 * A repository name, or undefined. A hand-written scan of ECR's pattern, linear in the length: the pattern itself nests
 * quantifiers, and a client chooses the text.
 */
export function parseRepositoryName(text: string): RepositoryName | undefined {
  if (text.length < REPOSITORY_NAME_LENGTH_MIN || text.length > REPOSITORY_NAME_LENGTH_MAX) return undefined;
  return isNameText(text) ? (text as RepositoryName) : undefined;
}

/** Whether a text, of any length, can be the prefix of repository names: part of a name, with or without a `/` at its end, or `ROOT`. */
export function isRepositoryPrefix(text: string): boolean {
  return text === ROOT_PREFIX || isNameText(text.endsWith("/") ? text.slice(0, -1) : text);
}

/** REPOSITORY_NAME_PATTERN, without a bound on the length. */
function isNameText(text: string): boolean {
  let at = 0;
  for (;;) {
    const start = at;
    while (at < text.length && isLowerAlphanumeric(text.charCodeAt(at))) at++;
    if (at === start) return false;
    if (at === text.length) return true;
    at = skipSeparator(text, at);
  }
}

/** The position behind one separator (`/`, `.`, `_`, `__` or a run of `-`) that starts at `at`; `at` itself if there is none. */
function skipSeparator(text: string, at: number): number {
  const first = text[at];
  if (first === "/" || first === ".") return at + 1;
  if (first === "_") return text[at + 1] === "_" ? at + 2 : at + 1;
  let end = at;
  while (text[end] === "-") end++;
  return end;
}

function isLowerAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

export function repositoryArn(registry: RegistryId, name: string): Arn {
  return `arn:aws:ecr:${registry.region}:${registry.account}:repository/${name}` as Arn;
}

/** The repository that an ARN names, or undefined when it is not the ARN of an ECR repository. */
export function parseRepositoryArn(text: string): { registry: RegistryId; name: RepositoryName } | undefined {
  const asked = parseAskedRepositories(text);
  const name = asked && parseRepositoryName(asked.name);
  return asked === undefined || name === undefined ? undefined : { registry: asked.registry, name };
}

/** The same of an ARN that may mean many repositories: `name` is then `*` or `prefix/*`, and no repository has it. */
export function parseAskedRepositories(text: string): { registry: RegistryId; name: string } | undefined {
  const parts = text.split(":");
  if (parts.length !== 6 || parts[0] !== "arn" || parts[1] !== "aws" || parts[2] !== "ecr") return undefined;
  const region = parseRegion(parts[3] ?? "");
  const account = parseAccountId(parts[4] ?? "");
  const resource = parts[5] ?? "";
  if (region === undefined || account === undefined || !resource.startsWith("repository/")) return undefined;
  return { registry: { account, region }, name: resource.slice("repository/".length) };
}
