import assert from "node:assert/strict";
import type { Answer } from "../../server/testing/aws-server.ts";
import type { AuthorizationScene } from "./scene.ts";

/** Two requests that differ in one name alone: of what somebody else has, and of what nobody has. */
export interface Pair {
  readonly theirs: () => Promise<Answer>;
  readonly nobodys: () => Promise<Answer>;
  /** Calls what somebody else has as what nobody has, so that two answers can be the same. */
  readonly rename: (text: string) => string;
}

/**
 * Asserts that nobody can tell the two apart: the status and the text are the same, and the database is asked the same for both,
 * so that one takes as long as the other. Returns the answer to the first.
 */
export async function assertAlike(scene: AuthorizationScene, what: string, { theirs, nobodys, rename }: Pair): Promise<Answer> {
  // Who asks is read once for as long as nothing of their account changes: the first request would pay for it.
  await nobodys();
  const one = await scene.answerFromNothing(theirs);
  const other = await scene.answerFromNothing(nobodys);
  assert.ok(one.statements.length > 0, `${what}: nothing was looked up`);
  const said = ({ status, text }: Answer) => ({ status, text: rename(text).replaceAll(OWN_ID, "<id>") });
  assert.deepEqual(said(one.answer), said(other.answer), what);
  assert.deepEqual(one.statements, other.statements, `${what}: the database is asked something else`);
  return one.answer;
}

/** The id of a request, which XML repeats. */
const OWN_ID = /(?<=<RequestId>)[^<]+/g;
