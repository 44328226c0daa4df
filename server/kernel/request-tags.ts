import { RESOURCE_TAGS_MAX } from "./limits.ts";
import type { Ask } from "./operation.ts";

interface RequestTag {
  readonly Key: string;
  readonly Value: string;
}

type Context = NonNullable<Ask["context"]>;

/**
 * The same asks about a request that brings tags, as `aws:RequestTag/KEY` and `aws:TagKeys` say. AWS: condition keys have no case,
 * keys of tags may. Where two tags of a request are one condition key, each ask is made once for each of them, so that a policy
 * decides about every value. Of tags that are more than anything can have it looks at as many as that: their request is refused,
 * whoever may make it.
 */
export function withRequestTags(asks: readonly Ask[], tags: readonly RequestTag[] | undefined): readonly Ask[] {
  if (tags === undefined || tags.length === 0) return asks;
  const named = tagKeysContext(tags.map((it) => it.Key));
  const rounds: Record<string, readonly string[]>[] = [];
  for (const { Key, Value } of tags.slice(0, RESOURCE_TAGS_MAX)) {
    const key = `aws:requesttag/${Key.toLowerCase()}`;
    const round = rounds.find((it) => !Object.hasOwn(it, key)) ?? rounds[rounds.push({}) - 1];
    if (round !== undefined) round[key] = [Value];
  }
  // A key that has run out of values keeps its first.
  return rounds.flatMap((it) => asks.map((ask) => ({ ...ask, context: { ...ask.context, ...named, ...rounds[0], ...it } })));
}

/** The same asks about a request that names keys of tags. */
export function withTagKeys(asks: readonly Ask[], keys: readonly string[]): readonly Ask[] {
  return keys.length === 0 ? asks : asks.map((ask) => ({ ...ask, context: { ...ask.context, ...tagKeysContext(keys) } }));
}

function tagKeysContext(keys: readonly string[]): Context {
  return { "aws:tagkeys": keys.slice(0, RESOURCE_TAGS_MAX) };
}
