import { join } from "node:path";
import type { AccountId, Region, RegistryId, RepositoryName } from "../../server/kernel/names.ts";
import { systemClock } from "../../server/kernel/clock.ts";
import { evaluateRepository } from "../../server/lifecycle/evaluate-repository.ts";
import { parseLifecyclePolicy } from "../../server/lifecycle/parse-policy.ts";
import { openSqliteMetadata } from "../../server/platform/metadata/sqlite-metadata.ts";
import { findRepository } from "../../server/repositories/find-repository.ts";
import { IMAGES_IN_LARGEST, LARGEST } from "../fill.ts";
import { below, median, type Row } from "../row.ts";

const EVALUATION_MS = 1_000;
const TURN_MS = 10;
const ROUNDS = 5;
const REGISTRY: RegistryId = { account: "000000000000" as AccountId, region: "us-east-1" as Region };

const tagged = (prefix: string, counted: object) => ({ tagStatus: "tagged", tagPrefixList: [prefix], ...counted });
const POLICY = JSON.stringify({
  rules: [
    { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
    tagged("v00", { countType: "imageCountMoreThan", countNumber: 50 }),
    tagged("v01", { countType: "sinceImagePushed", countUnit: "days", countNumber: 30 }),
    { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1_000 },
  ].map((selection, index) => ({ rulePriority: index + 1, selection, action: { type: "expire" } })),
});

/** A lifecycle policy is evaluated as a preview, a run and an explanation do it, in a process that does nothing else. */
export const lifecycle: readonly Row[] = [
  {
    name: "lifecycle",
    work: `a lifecycle policy over ${IMAGES_IN_LARGEST.toLocaleString("en")} images: evaluation; the longest time that others wait`,
    figures: [
      { unit: "ms", target: below(EVALUATION_MS) },
      { unit: "ms", target: below(TURN_MS) },
    ],
    start: { storage: "large" },
    alone: true,
    rounds: 3,
    measure: (_peer, { data, quick }) => evaluateLargest(join(data, "longshore.db"), quick ? 1 : ROUNDS),
  },
];

async function evaluateLargest(file: string, rounds: number): Promise<readonly number[]> {
  await using metadata = await openSqliteMetadata({ file });
  const { id } = await metadata.read(REGISTRY, (tx) => findRepository(tx, LARGEST as RepositoryName));
  const of = { policy: parseLifecyclePolicy(POLICY), repository: id };
  const durations: number[] = [];
  const turns: number[] = [];
  // The first one is for the compiler and the cache.
  for (let round = 0; round <= rounds; round++) {
    const watch = watchTurns();
    const begun = performance.now();
    const { verdicts } = await evaluateRepository({ metadata, clock: systemClock }, of, new AbortController().signal);
    const duration_ms = performance.now() - begun;
    const turn_ms = watch.end();
    if (verdicts.length !== IMAGES_IN_LARGEST) throw new Error(`${verdicts.length} of ${IMAGES_IN_LARGEST} images were judged.`);
    if (round === 0) continue;
    durations.push(duration_ms);
    turns.push(turn_ms);
  }
  return [median(durations), median(turns)];
}

/** Watches how long anything else that this process has to do would wait. */
function watchTurns(): { end(): number } {
  let [last, longest_ms, ended] = [performance.now(), 0, false];
  const look = (): void => {
    const now = performance.now();
    longest_ms = Math.max(longest_ms, now - last);
    last = now;
    if (!ended) setImmediate(look);
  };
  setImmediate(look);
  return {
    end() {
      ended = true;
      return longest_ms;
    },
  };
}
