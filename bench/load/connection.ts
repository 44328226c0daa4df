import { once } from "node:events";
import { connect } from "node:net";

/** The head of a response. */
export interface Head {
  readonly status: number;
  /** Bytes of the body that follow; 0 for a HEAD whatever it announces. */
  readonly length: number;
  /** The value of a header, or undefined. */
  header(name: string): string | undefined;
}

/** What is done with a response while it arrives. */
export interface Receiver {
  /** The answer to a HEAD: its Content-Length announces a body that does not come. */
  readonly bodiless?: boolean;
  /** A piece of the body. The bytes are overwritten when this returns. */
  body?(chunk: Uint8Array, offset: number): void;
  done(head: Head): void;
}

/** A keep-alive HTTP/1.1 connection, one exchange at a time, with no more work than counting needs. */
export interface Connection {
  /** Writes a request; `receiver` hears the response. Throws the connection's failure from `failed`. */
  send(request: Uint8Array, receiver: Receiver): void;
  /** Writes without expecting anything; resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Rejects when the connection breaks or the peer says what this does not understand; never resolves. */
  readonly failed: Promise<never>;
  close(): void;
}

const RECEIVE_BUFFER_BYTES = 512 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");

/** Connects to 127.0.0.1. */
export async function openConnection(port: number): Promise<Connection> {
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  let receiver: Receiver | undefined;
  let head: Head | undefined;
  let received = 0;
  let carried = Buffer.alloc(0);

  const finish = (whole: Head) => {
    const current = receiver;
    receiver = undefined;
    head = undefined;
    current?.done(whole);
  };

  /** Takes one piece of a response; what it does not need yet, an unfinished head, is carried over. */
  const take = (chunk: Buffer) => {
    let rest = chunk;
    if (head === undefined) {
      rest = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      const end = rest.indexOf(HEAD_END);
      carried = end < 0 ? Buffer.from(rest) : Buffer.alloc(0);
      if (end < 0) return;
      head = parseHead(rest.toString("latin1", 0, end), receiver?.bodiless === true);
      received = 0;
      rest = rest.subarray(end + HEAD_END.length);
    }
    if (rest.length > 0) receiver?.body?.(rest, received);
    received += rest.length;
    if (received > head.length) throw new Error(`${received - head.length} bytes too many`);
    if (received === head.length) finish(head);
  };

  const socket = connect({
    port,
    host: "127.0.0.1",
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES),
      callback(length, buffer) {
        try {
          take(Buffer.from(buffer.buffer as ArrayBuffer, buffer.byteOffset, length));
        } catch (error) {
          failure.reject(error);
          socket.destroy();
        }
        return true;
      },
    },
  });
  socket.on("error", failure.reject);
  socket.on("close", () => failure.reject(new Error("The server closed the connection.")));
  await Promise.race([once(socket, "connect"), failure.promise]);
  return {
    failed: failure.promise,
    send(request, next) {
      receiver = next;
      socket.write(request);
    },
    async write(bytes) {
      if (!socket.write(bytes)) await Promise.race([once(socket, "drain"), failure.promise]);
    },
    close: () => socket.destroy(),
  };
}

function parseHead(text: string, bodiless: boolean): Head {
  const status = Number(text.slice(9, 12));
  const header = (name: string) => new RegExp(`\\r\\n${name}: *([^\\r]*)`, "i").exec(text)?.[1];
  const length = bodiless || status === 204 || status === 304 ? 0 : lengthOf(text);
  return { status, length, header };
}

const CONTENT_LENGTH = /\r\ncontent-length: *([0-9]+)/i;

function lengthOf(head: string): number {
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (length === undefined) throw new Error(`A response without Content-Length: ${head}`);
  return Number(length);
}

/** A small request and its whole answer. */
export async function exchange(
  connection: Connection,
  request: Uint8Array,
  bodiless = false,
): Promise<{ head: Head; body: Buffer }> {
  const pieces: Buffer[] = [];
  const head = await Promise.race([
    connection.failed,
    new Promise<Head>((done) => {
      connection.send(request, { bodiless, done, body: (chunk) => void pieces.push(Buffer.from(chunk)) });
    }),
  ]);
  return { head, body: Buffer.concat(pieces) };
}
