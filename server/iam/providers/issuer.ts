import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Arn } from "../../kernel/names.ts";
import { iamArn } from "../shapes.ts";

const SCHEME = "https://";
const KIND = "oidc-provider/";
/** What an ARN may hold; an issuer with anything else has to encode it. */
const ISSUER = /^[!-~]+$/;

/**
 * The issuer in a URL, without its scheme, as IAM stores it. It is compared with a token's `iss` character by character, so a slash
 * at its end counts. IAM allows no port; we do, for issuers within a cluster have one. Throws ValidationException.
 */
export function parseIssuer(url: string): string {
  const refusal = new RegistryError("ValidationException", "Invalid Open ID Connect Provider URL");
  if (!URL.canParse(url)) throw refusal;
  const { host, username, password } = new URL(url);
  const issuer = url.slice(SCHEME.length);
  const isPlain = username === "" && password === "" && !/[?#]/.test(issuer) && ISSUER.test(issuer);
  // What is read must be what is written: no scheme or host in other letters, no missing slashes.
  if (!isPlain || !url.startsWith(`${SCHEME}${host}`)) throw refusal;
  return issuer;
}

/** The ARN of a provider in the caller's account. */
export function providerArn(call: Call, issuer: string): Arn {
  return iamArn(call, KIND, issuer);
}

/** The issuer in the ARN of a provider; undefined when that is another account's. Throws InvalidInputException. */
export function issuerInArn(call: Call, arn: string): string | undefined {
  const [scheme, partition, service, region, account, ...rest] = arn.split(":");
  const resource = rest.join(":");
  const isProvider = scheme === "arn" && partition === "aws" && service === "iam" && region === "" && resource.startsWith(KIND);
  if (!isProvider) throw new RegistryError("InvalidInputException", `ARN ${arn} is not valid.`);
  return account === call.principal.account ? resource.slice(KIND.length) : undefined;
}
