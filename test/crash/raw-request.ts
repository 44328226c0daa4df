import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which a test may break every rule of HTTP. */
export interface RawRequest {
  write(bytes: string | Uint8Array): Promise<void>;
  /** The status of the next answer, or undefined when the server closes without one. */
  status(): Promise<number | undefined>;
  /** Breaks the connection off. */
  reset(): void;
}

export async function rawRequest(port: number): Promise<RawRequest> {
  const socket: Socket = connect(port, "127.0.0.1");
  // A server may hang up on a rude client at any time.
  socket.on("error", () => {});
  await once(socket, "connect");
  let answer = "";
  const headed = Promise.withResolvers<void>();
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
    if (answer.includes("\r\n\r\n")) headed.resolve();
  });
  socket.on("close", () => headed.resolve());
  return {
    write: (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve())),
    async status() {
      await headed.promise;
      const status = /^HTTP\/1\.1 ([0-9]{3})/.exec(answer)?.[1];
      return status === undefined ? undefined : Number(status);
    },
    reset: () => socket.resetAndDestroy(),
  };
}
