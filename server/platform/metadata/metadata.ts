import type { RegistryEvent } from "../../kernel/event.ts";
import type { Job } from "../../kernel/job.ts";
import type { RegistryId } from "../../kernel/names.ts";
import type { Query } from "./query.ts";

/** Reads within one transaction. */
export interface Reader {
  /** The registry that was opened. */
  readonly registry: RegistryId;
  /** All rows of a query. */
  all<P, Row>(query: Query<P, Row>, parameters: P): Promise<Row[]>;
  /** The first row, or undefined. */
  first<P, Row>(query: Query<P, Row>, parameters: P): Promise<Row | undefined>;
}

/** Reads and writes; what it writes lands whole or not at all. */
export interface Writer extends Reader {
  /** Runs an insert, update or delete; returns how many rows it touched. */
  run<P>(query: Query<P, unknown>, parameters: P): Promise<number>;
  /**
   * Adds a job. One that already waits under the same key makes this do nothing, unless the new one hastens it; one that is being worked on will be run
   * once more; one that was parked starts afresh.
   */
  enqueue(job: Job): Promise<void>;
  /** Writes down what has happened. It is forgotten after a while. */
  emit(event: RegistryEvent): Promise<void>;
  /** Says that what decides about requests changes with this, such as a policy: whoever keeps it in memory reads it again. */
  noteRuleChange(): void;
}

/** Rows, for one who only reads. */
export type MetadataReader = Pick<Metadata, "read" | "readGlobal"> & AsyncDisposable;

/**
 * Rows, opened one registry at a time. A transaction waits for nothing but the database: no file, no network, no timer.
 */
export interface Metadata extends AsyncDisposable {
  /** A consistent snapshot. */
  read<T>(registry: RegistryId, fn: (tx: Reader) => Promise<T>): Promise<T>;
  /**
   * Serializable, and durable when it resolves. `fn` may be run again after a conflict, so it must not do anything but
   * read and write here. What `fn` throws is thrown, and nothing was written.
   */
  write<T>(registry: RegistryId, fn: (tx: Writer) => Promise<T>): Promise<T>;
  /** The same for what belongs to no registry: accounts, access keys, jobs, blobs. */
  readGlobal<T>(fn: (tx: Omit<Reader, "registry">) => Promise<T>): Promise<T>;
  writeGlobal<T>(fn: (tx: Omit<Writer, "registry">) => Promise<T>): Promise<T>;
  /**
   * A number that stays the same only while no process has committed a change of what decides about requests: what of that was
   * read after it was asked for is still true if it is the same now. Undefined where that would cost as much as reading again.
   */
  generation(): number | undefined;
  /** How many transactions this process has committed by `writeGlobal`, or that noted a change of what decides about requests. */
  ruleCommits(): number;
  /** Calls `listener` after each transaction of this process that has added a job. Returns what ends that. */
  onEnqueue(listener: () => void): () => void;
  /**
   * To be asked in a transaction before it writes so many bytes that stay. Throws InsufficientStorageException where no more room would be
   * left than deleting takes. PostgreSQL's disk is its operator's to watch.
   */
  requireSpace(size_bytes: number): void;
  /** Throws when the database cannot be read just now. For the readiness check. */
  check(): Promise<void>;
}
