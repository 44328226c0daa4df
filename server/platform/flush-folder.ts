import { open } from "node:fs/promises";

/** Makes the names in a folder durable: a file that was made, renamed or linked there is found again after a power loss. */
export async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}
