import { once } from "node:events";
import { createServer } from "node:net";
import type { Configuration } from "../configuration.ts";

/**
 * Listens for a moment where the server is going to, so that a port that cannot be had is found out before anything is made. Rejects with
 * node's error.
 */
export async function probePort({ address, port }: Pick<Configuration, "address" | "port">): Promise<void> {
  const server = createServer();
  server.listen({ host: address, port });
  await once(server, "listening");
  server.close();
  await once(server, "close");
}
