import type { Session } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";

/** Tags as a client sends them. */
export interface TagInput {
  readonly Key: string;
  readonly Value: string;
}

type SessionTags = Pick<Session, "tags" | "transitiveTagKeys">;

/**
 * The tags of a session that is made by a call of `caller`: its own, and those that the caller's session hands on. Throws
 * InvalidParameterValueException, in AWS's words, for keys that are the same but for case, that are handed on and not given,
 * or that would change what was handed on. (messages in localstack's snapshots of STS)
 */
export function readSessionTags(
  tags: readonly TagInput[],
  transitiveKeys: readonly string[],
  caller: SessionTags | undefined,
): SessionTags {
  const keys = new Set(tags.map(({ Key }) => fold(Key)));
  if (keys.size < tags.length) throw invalidValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  const inheritedKeys = caller?.transitiveTagKeys ?? [];
  if (inheritedKeys.some((it) => keys.has(fold(it)))) {
    throw invalidValue(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  if (transitiveKeys.some((it) => !keys.has(fold(it)))) {
    throw invalidValue("The specified transitive tag key must be included in the requested tags.");
  }
  const handedOn = new Set(inheritedKeys.map(fold));
  const inherited = (caller?.tags ?? []).filter(({ key }) => handedOn.has(fold(key)));
  return {
    tags: [...inherited, ...tags.map(({ Key, Value }) => ({ key: Key, value: Value }))],
    transitiveTagKeys: [...inheritedKeys, ...transitiveKeys],
  };
}

function fold(key: string): string {
  return key.toLowerCase();
}

function invalidValue(sentence: string): RegistryError {
  return new RegistryError("InvalidParameterValueException", sentence);
}
