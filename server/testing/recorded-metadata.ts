import type { Metadata, Reader, Writer } from "../platform/metadata/metadata.ts";
import type { Query } from "../platform/metadata/query.ts";

/** Metadata that tells what was asked of it. */
export interface RecordedMetadata extends Metadata {
  /** The transactions and statements since it was last asked, in order; values are not in them. */
  takeStatements(): readonly string[];
}

type GlobalWriter = Omit<Writer, "registry">;

/** Writes down each transaction that is begun, and the text of each statement that is run. */
export function recordStatements(metadata: Metadata): RecordedMetadata {
  let statements: string[] = [];
  const note = (query: Query<never, unknown>): void => void statements.push(query.compiled("sqlite").sql);
  const reading = <Tx extends Omit<Reader, "registry">>(tx: Tx): Tx => ({
    ...tx,
    all: (query, parameters) => {
      note(query);
      return tx.all(query, parameters);
    },
    first: (query, parameters) => {
      note(query);
      return tx.first(query, parameters);
    },
  });
  const writing = <Tx extends GlobalWriter>(tx: Tx): Tx => ({
    ...reading(tx),
    run: (query, parameters) => {
      note(query);
      return tx.run(query, parameters);
    },
  });
  const begin = (kind: string): void => void statements.push(`begin: ${kind}`);
  return {
    ...metadata,
    read(registry, fn) {
      begin("read");
      return metadata.read(registry, (tx) => fn(reading(tx)));
    },
    write(registry, fn) {
      begin("write");
      return metadata.write(registry, (tx) => fn(writing(tx)));
    },
    readGlobal(fn) {
      begin("read");
      return metadata.readGlobal((tx) => fn(reading(tx)));
    },
    writeGlobal(fn) {
      begin("write");
      return metadata.writeGlobal((tx) => fn(writing(tx)));
    },
    takeStatements() {
      const taken = statements;
      statements = [];
      return taken;
    },
  };
}
