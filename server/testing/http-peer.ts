import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of plain HTTP on this machine, and what it was asked. */
export interface HttpPeer extends AsyncDisposable {
  readonly port: number;
  /** `<method> <path>` of each request, and behind it the authorization that came with it. */
  readonly asked: string[];
}

export async function startHttpPeer(answer: RequestListener): Promise<HttpPeer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.authorization].filter((it) => it !== undefined).join(" "));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
