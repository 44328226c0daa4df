import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { openSqliteMetadata } from "../platform/metadata/sqlite-metadata.ts";

/** Empty metadata of its own for a test, gone when it is disposed of: SQLite in a temporary folder. */
export async function openTestMetadata(clock: Clock = systemClock): Promise<Metadata> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-metadata-"));
  const metadata = await openSqliteMetadata({ file: join(folder, "longshore.db"), clock });
  return {
    ...metadata,
    async [Symbol.asyncDispose]() {
      await metadata[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
