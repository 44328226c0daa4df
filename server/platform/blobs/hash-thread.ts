/** A hash thread's own file: hashes stages and writes them, off the main thread. Started by job-thread.ts. */
import { parentPort } from "node:worker_threads";
import { unreachable } from "../../kernel/errors.ts";
import type { HashFailure, HashQuestion, HashReply, HashRequest } from "./hash-messages.ts";
import { type Append, appendBytes, beginAppend, digestFile, endAppend, forgetStage } from "./hash-stage.ts";
import { endRead, readOn } from "./hash-read.ts";

const port = parentPort;
if (port === null) throw unreachable("hash-thread.ts outside of a thread");

const appends = new Map<number, Append>();

port.on("message", (request: HashRequest) => {
  if ("forget" in request) forgetStage(request.forget);
  else if ("bytes" in request) takeBytes(request.job, request.bytes);
  else {
    const { job, question } = request;
    answer(job, question).then(
      ({ size, hex }) => reply({ job, kind: "done", size, hex }),
      (error: unknown) => reply({ job, kind: "failed", error: failureOf(error) }),
    );
  }
});

async function answer(job: number, question: HashQuestion): Promise<{ size: number; hex: string }> {
  if (question.kind === "append") {
    appends.set(job, await beginAppend(question.path, question.offset, question.algorithm));
    return { size: question.offset, hex: "" };
  }
  if (question.kind === "digest") {
    return { size: question.size, hex: await digestFile(question.path, question.size, question.algorithm) };
  }
  if (question.kind === "read") return { size: await readOn(job, question), hex: "" };
  if (question.kind === "readEnd") return { size: 0, hex: endRead(job) };
  const append = appends.get(job);
  if (append === undefined) throw unreachable("the end of an append that never began");
  appends.delete(job);
  return endAppend(append, question.keep);
}

function takeBytes(job: number, bytes: Uint8Array): void {
  const append = appends.get(job);
  if (append === undefined) throw unreachable("bytes for an append that never began");
  try {
    appendBytes(append, bytes);
    reply({ job, kind: "taken" });
  } catch (error) {
    reply({ job, kind: "taken", error: failureOf(error) });
  }
}

function reply(message: HashReply): void {
  port?.postMessage(message);
}

function failureOf(error: unknown): HashFailure {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  return { code: "code" in error ? String(error.code) : undefined, message: error.message };
}
