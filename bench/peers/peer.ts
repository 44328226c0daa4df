import type { ECRClient } from "@aws-sdk/client-ecr";

/** A registry that is measured. */
export interface PeerKind {
  readonly name: string;
  /** Undefined when it is not on this machine. */
  version(): string | undefined;
  start(options: PeerOptions): Promise<Peer>;
}

export interface PeerOptions {
  /** A folder for its data, empty or filled for it. */
  readonly data: string;
  /** The only processor core that it may use; undefined for all. */
  readonly core?: number;
  /** Undefined for what it does by itself. Only Longshore has workers. */
  readonly workers?: number;
}

/** A registry that runs. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** The process that was started; its descendants belong to it. */
  readonly pid: number;
  /** Header lines that let a client in, each ending in CRLF; empty where nobody is asked. */
  readonly headers: string;
  /** From the start of its process to its first answer that it is ready. */
  readonly ready_ms: number;
  /** A client of the AWS API, where it has one. */
  readonly ecr?: ECRClient;
  /** The bytes of a signed request to an operation of the AWS API, where it has one. */
  readonly signed?: (operation: string, input: object) => Buffer;
  createRepository(name: string): Promise<void>;
}
