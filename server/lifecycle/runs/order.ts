import { sort, type Steps } from "../../kernel/steps.ts";
import type { Verdict } from "../evaluate.ts";
import type { LifecycleAction, LifecycleRule } from "../policy.ts";

/** A verdict that does something. */
export type Acting = Verdict & { readonly action: LifecycleAction; readonly rule: LifecycleRule };

/**
 * Images that are due by rules of their own, in groups that should go together: an index with what it lists, the index first; and all
 * others alone. The rule that is applied last acts first, because images that its number of newest images rests on may go by a rule
 * before it; so a run that is cut short has decided about the rest as it would have.
 */
export function* orderGroups(
  due: readonly Acting[],
  childrenOf: (digest: string) => readonly string[],
): Steps<readonly (readonly Acting[])[]> {
  const left = new Map<string, Acting>();
  const inner = new Set<string>();
  const [indexes, others]: [Acting[], Acting[]] = [[], []];
  for (const it of yield* sort(due, ({ rule }) => -rule.priority, oldestFirst)) {
    yield;
    left.set(it.digest, it);
    const children = childrenOf(it.digest);
    (children.length > 0 ? indexes : others).push(it);
    for (const child of children) inner.add(child);
  }
  const outermostFirst = yield* sort(indexes, ({ digest }) => (inner.has(digest) ? 1 : 0));
  const groups: (readonly Acting[])[] = [];
  for (const first of [...outermostFirst, ...others]) {
    yield;
    if (!left.delete(first.digest)) continue;
    const group = [first];
    // Grows while it is walked: what an index lists may be an index.
    for (const { digest } of group) {
      for (const child of childrenOf(digest)) {
        yield;
        const listed = left.get(child);
        if (listed !== undefined && left.delete(child)) group.push(listed);
      }
    }
    groups.push(group);
  }
  return groups;
}

function oldestFirst(a: Acting, b: Acting): number {
  return (a.due_ms ?? 0) - (b.due_ms ?? 0) || (b.newer ?? 0) - (a.newer ?? 0) || (a.digest < b.digest ? -1 : 1);
}

/** Groups cut into batches of `size` at most; a group that fits into one is in one. */
export function cutBatches<T>(groups: readonly (readonly T[])[], size: number): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  let batch: T[] = [];
  for (const group of groups) {
    if (batch.length > 0 && batch.length + group.length > size) {
      batches.push(batch);
      batch = [];
    }
    for (const item of group) {
      if (batch.length === size) {
        batches.push(batch);
        batch = [];
      }
      batch.push(item);
    }
  }
  return batch.length === 0 ? batches : [...batches, batch];
}
