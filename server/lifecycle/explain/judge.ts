import { RegistryError } from "../../kernel/errors.ts";
import { type EvaluationDeps, evaluateRepository } from "../evaluate-repository.ts";
import type { Verdict } from "../evaluate.ts";
import { parseLifecyclePolicy } from "../parse-policy.ts";

/** The verdicts on a repository's images, in the order of their digests. */
export type Judge = (repository: number, text: string | undefined, isFirstPage: boolean) => Promise<readonly Verdict[]>;

/** For how long the pages of an answer are of one evaluation, and of how many. */
const REMEMBERED_MS = 60 * 1000;
const REMEMBERED_MAX = 2;
/** Evaluations that wait for their turn: each may take a second. */
const WAITING_MAX = 16;
const RETRY_AFTER_S = 10;

/**
 * A judge that remembers for a moment what it has said, so that the pages of one answer are of one evaluation. It does one at a time,
 * and throws ThrottlingException when too many wait.
 */
export function createJudge(deps: EvaluationDeps, signal: AbortSignal): Judge {
  const recent = new Map<string, { readonly at_ms: number; readonly verdicts: readonly Verdict[] }>();
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= WAITING_MAX)
      throw new RegistryError("ThrottlingException", "Rate exceeded", { retryAfterSeconds: RETRY_AFTER_S });
    waiting++;
    const mine = turn.catch(() => undefined).then(work);
    turn = mine;
    return await mine.finally(() => waiting--);
  };
  return async (repository, text, isFirstPage) => {
    const key = JSON.stringify([repository, text]);
    const kept = recent.get(key);
    if (!isFirstPage && kept !== undefined && deps.clock.now() - kept.at_ms < REMEMBERED_MS) return kept.verdicts;
    const policy = text === undefined ? { rules: [] } : parseLifecyclePolicy(text);
    const { verdicts } = await inTurn(() => evaluateRepository(deps, { policy, repository }, signal));
    recent.delete(key);
    recent.set(key, { at_ms: deps.clock.now(), verdicts });
    const [oldest] = recent.keys();
    if (recent.size > REMEMBERED_MAX && oldest !== undefined) recent.delete(oldest);
    return verdicts;
  };
}
