import type { Clock } from "../../kernel/clock.ts";
import { eventRows, insertEvent } from "./emit.ts";
import { hastenJob, insertJob, jobParameters } from "./enqueue.ts";
import type { Writer } from "./metadata.ts";
import type { Query } from "./query.ts";

/** What an engine runs within a transaction that it has begun. */
export interface Statements {
  all<P, Row>(query: Query<P, Row>, parameters: P): Promise<Row[]>;
  first<P, Row>(query: Query<P, Row>, parameters: P): Promise<Row | undefined>;
  run<P>(query: Query<P, unknown>, parameters: P): Promise<number>;
}

/** One transaction, as its function sees it (`tx`) and as its engine does. */
export interface Transaction {
  readonly tx: Omit<Writer, "registry">;
  /** Has it added a job? */
  hasEnqueued(): boolean;
  /** Has it noted a change of what decides about requests? */
  hasChangedRules(): boolean;
  /** Throws what the first statement that failed threw: such a transaction may not be committed, on either engine. */
  verify(): void;
  /** From here on `tx` refuses everything: a statement that comes too late must not land in somebody else's transaction. */
  end(): void;
}

export function createTransaction(statements: Statements, clock: Clock): Transaction {
  let ended = false;
  let enqueued = false;
  let rulesChanged = false;
  let failure: { readonly error: unknown } | undefined;
  const toRow = eventRows();

  async function attempt<T>(statement: () => Promise<T>): Promise<T> {
    if (ended) throw new Error("A transaction was used after it had ended.");
    try {
      return await statement();
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  }

  return {
    // Nothing here is a getter: V8 makes a hidden class of its own for each object that is written with one.
    tx: {
      all: (query, parameters) => attempt(() => statements.all(query, parameters)),
      first: (query, parameters) => attempt(() => statements.first(query, parameters)),
      run: (query, parameters) => attempt(() => statements.run(query, parameters)),
      async enqueue(job) {
        enqueued = true;
        const parameters = jobParameters(job, clock.now());
        await attempt(() => statements.run(insertJob, parameters));
        if (job.hasten === true) await attempt(() => statements.run(hastenJob, parameters));
      },
      async emit(event) {
        await attempt(() => statements.run(insertEvent, toRow(event, clock.now())));
      },
      noteRuleChange() {
        rulesChanged = true;
      },
    },
    hasEnqueued: () => enqueued,
    hasChangedRules: () => rulesChanged,
    verify() {
      if (failure !== undefined) throw failure.error;
    },
    end() {
      ended = true;
    },
  };
}
