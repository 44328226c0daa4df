import { connect, type Socket } from "node:net";

/** A connection that sends exactly what it is told to, for all that an HTTP client would never send. */
export interface RawClient extends AsyncDisposable {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** All that was received, once it matches. Rejects when the connection closes first. */
  until(pattern: RegExp): Promise<string>;
  /** All that was received, once the server has closed the connection. */
  closed(): Promise<string>;
}

export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let received = "";
  let isClosed = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    wake();
  });
  const wait = (isDone: () => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (isDone()) resolve(received);
        else if (isClosed) reject(new Error(`The connection closed after: ${received.slice(0, 1_000)}`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return {
    socket,
    send: (text) => void socket.write(text),
    until: (pattern) => wait(() => pattern.test(received)),
    closed: () => wait(() => isClosed),
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}
