import { Worker } from "node:worker_threads";
import { RegistryError } from "../../kernel/errors.ts";
import { hashError } from "./disk-errors.ts";
import type { HashQuestion, HashReply, HashRequest } from "./hash-messages.ts";

/** A hash thread as the main thread sees it. */
export interface JobThread {
  /** Starts the thread, if it is not there yet, so that the first job need not wait for it. */
  start(): void;
  /** How many jobs are under way. */
  busy(): number;
  /** Begins a job. `taken` is called once for each bytes that were sent, with the error if they could not be written. */
  begin(taken: (error: unknown) => void): Job;
  /** Tells the thread that a stage is gone. */
  forget(path: string): void;
  stop(): Promise<void>;
}

/** One piece of work in a thread. If the thread dies, everything that waits for an answer gets that as its error. */
export interface Job {
  /** One question at a time. */
  ask(question: HashQuestion): Promise<{ readonly size: number; readonly hex: string }>;
  /** Shared memory, left alone until it is taken. */
  send(bytes: Uint8Array): void;
  end(): void;
}

interface Listener {
  reply(reply: HashReply): void;
  died(error: Error): void;
}

/** A thread that is started by the first job, and again by the first one after it has died. */
export function createJobThread(): JobThread {
  const listeners = new Map<number, Listener>();
  let worker: Worker | undefined;
  let last = 0;

  const lose = (lost: Worker, error: Error) => {
    if (worker !== lost) return;
    worker = undefined;
    const orphans = [...listeners.values()];
    listeners.clear();
    for (const orphan of orphans) orphan.died(error);
  };
  const start = () => {
    const started = new Worker(new URL("./hash-thread.ts", import.meta.url));
    started.on("message", (reply: HashReply) => listeners.get(reply.job)?.reply(reply));
    started.on("error", (error) => lose(started, new Error("A hash thread has died.", { cause: error })));
    started.on("exit", () => lose(started, new RegistryError("ServiceUnavailableException", "The registry is shutting down.")));
    return started;
  };
  return {
    start() {
      worker ??= start();
    },
    busy: () => listeners.size,
    begin(taken) {
      worker ??= start();
      const number = ++last;
      const { job, listener } = openJob(worker, number, taken, () => listeners.delete(number));
      listeners.set(number, listener);
      return job;
    },
    forget(path) {
      worker?.postMessage({ forget: path } satisfies HashRequest);
    },
    async stop() {
      await worker?.terminate();
    },
  };
}

function openJob(
  worker: Worker,
  number: number,
  taken: (error: unknown) => void,
  end: () => void,
): { job: Job; listener: Listener } {
  let answer: PromiseWithResolvers<{ size: number; hex: string }> | undefined;
  let death: Error | undefined;
  let untaken = 0;
  const post = (request: HashRequest) => worker.postMessage(request);
  return {
    job: {
      ask(question) {
        if (death !== undefined) return Promise.reject(death);
        answer = Promise.withResolvers();
        post({ job: number, question });
        return answer.promise;
      },
      send(bytes) {
        untaken++;
        if (death === undefined) post({ job: number, bytes });
        else queueMicrotask(() => taken(death));
      },
      end,
    },
    listener: {
      reply(reply) {
        if (reply.kind === "done") answer?.resolve(reply);
        else if (reply.kind === "failed") answer?.reject(hashError(reply.error));
        else {
          untaken--;
          taken(reply.error && hashError(reply.error));
        }
      },
      died(error) {
        death = error;
        answer?.reject(error);
        for (; untaken > 0; untaken--) taken(error);
      },
    },
  };
}
