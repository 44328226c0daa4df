import { setTimeout } from "node:timers/promises";
import { RegistryError } from "../../kernel/errors.ts";
import type { Digest } from "../../kernel/names.ts";
import type { LayerDeps } from "../deps.ts";
import { deletingBlob, forgetOverdue } from "./deleting-rows.ts";

const PAUSE_MS = 50;
/** Of pauses: longer than any collector gives itself. */
const ATTEMPTS_MAX = 1_200;

/**
 * Waits until nobody deletes the bytes of a digest, which has a name by now, so that nobody begins to. One that began
 * before and has run out of time has left what it did not get to, and is waited for no longer. Throws
 * ServiceUnavailableException, and whatever `signal` does.
 */
export async function awaitDeletion(
  { metadata, clock }: Pick<LayerDeps, "metadata" | "clock">,
  digest: Digest,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const row = await metadata.readGlobal((tx) => tx.first(deletingBlob, { digest }));
    if (row === undefined) return;
    const now_ms = clock.now();
    if (row.until_ms <= now_ms) await metadata.writeGlobal((tx) => tx.run(forgetOverdue, { digest, now_ms }));
    else await setTimeout(PAUSE_MS, undefined, { signal });
  }
  throw new RegistryError(
    "ServiceUnavailableException",
    `Older bytes of the layer ${digest} are still being removed to free their space. Push the layer again in a minute.`,
  );
}
