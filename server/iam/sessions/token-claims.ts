import type { WebIdentity } from "../../identity/oidc/verify-web-identity.ts";
import type { Session } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { AssumeContext } from "./assume-context.ts";
import { readSessionTags } from "./session-tags.ts";

type Claims = WebIdentity["claims"];

/** AWS: what a token says of the session that it begins. (IAM User Guide, session tags and source identity with OIDC) */
const TAGS_CLAIM = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity";
const TAGS_MAX = 50;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;
const SOURCE_IDENTITY = /^[\w+=,.@-]{2,64}$/;

/** Tags and source identity that a token gives its session. Throws InvalidIdentityTokenException or InvalidParameterValueException. */
export function readTokenSession(claims: Claims): Pick<Session, "tags" | "transitiveTagKeys" | "sourceIdentity"> {
  const said = claims[TAGS_CLAIM] ?? {};
  if (!isObject(said)) throw unreadable(TAGS_CLAIM);
  const { principal_tags: given = {}, transitive_tag_keys: transitive = [] } = said;
  if (!isObject(given) || !isTexts(transitive)) throw unreadable(TAGS_CLAIM);
  const tags = Object.entries(given).map(([Key, value]) => ({ Key, Value: tagValue(value) }));
  const fits = tags.every(({ Key, Value }) => Key !== "" && Key.length <= KEY_LENGTH_MAX && Value.length <= VALUE_LENGTH_MAX);
  if (!fits || tags.length > TAGS_MAX) throw unreadable(TAGS_CLAIM);
  return { ...readSessionTags(tags, transitive, undefined), ...readSourceIdentity(claims) };
}

/**
 * The condition keys `<issuer>:<claim>` of a token, for every claim that is a text, a number, a truth value or a list of texts.
 * AWS: `aud` is the authorized party where the token names one, and what the token says is then `oaud`. (IAM User Guide)
 *
 * Condition keys have no case, claims have: where two are the same but for case, the one in lower case is meant, which all claims
 * of standards are. Whoever may add a claim `SUB` to their own tokens must not become somebody else by it.
 */
export function claimContext(issuer: string, { claims, audience }: WebIdentity): AssumeContext {
  const { azp } = claims;
  const said = { ...claims, oaud: audience, aud: typeof azp === "string" ? azp : audience };
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, value]) => {
      if (name !== name.toLowerCase() && Object.hasOwn(said, name.toLowerCase())) return [];
      const isPlain = ["string", "number", "boolean"].includes(typeof value);
      const texts = isTexts(value) ? value : isPlain ? [String(value)] : undefined;
      return texts === undefined ? [] : [[`${issuer}:${name}`.toLowerCase(), texts]];
    }),
  );
}

/** A tag's value is a text, or a list of one. */
function tagValue(value: unknown): string {
  const [text, ...more] = isTexts(value) ? value : [value];
  if (typeof text !== "string" || more.length > 0) throw unreadable(TAGS_CLAIM);
  return text;
}

function readSourceIdentity(claims: Claims): Pick<Session, "sourceIdentity"> {
  const said = claims[SOURCE_IDENTITY_CLAIM];
  if (said === undefined) return {};
  if (typeof said !== "string" || !SOURCE_IDENTITY.test(said)) throw unreadable(SOURCE_IDENTITY_CLAIM);
  return { sourceIdentity: said };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((it) => typeof it === "string");
}

function unreadable(claim: string): RegistryError {
  return new RegistryError("InvalidIdentityTokenException", `The claim ${claim} of the token cannot be read.`);
}
