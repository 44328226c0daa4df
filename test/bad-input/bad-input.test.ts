import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { read } from "../../server/kernel/shape.ts";
import type { Answer } from "../../server/testing/aws-server.ts";
import { dump } from "../../server/testing/dump.ts";
import { type EcrServer, startEcrServer } from "../../server/testing/ecr-server.ts";
import { operations } from "../parity/page.ts";
import { faultsOf } from "./faults.ts";
import { sampleInput } from "./samples.ts";
import { furnish } from "./scene.ts";

// Made from the declarations: whatever an operation takes is sent in every way that its shape forbids.

let server: EcrServer;
before(async () => {
  server = await startEcrServer();
  await furnish(operations, server.call);
});
after(() => server[Symbol.asyncDispose]());

describe("what breaks a rule of its shape is refused by its path, and changes nothing", () => {
  for (const operation of operations) {
    test(operation.name, async () => {
      const input = sampleInput(operation, "all");
      assert.doesNotThrow(() => read(operation.input, input), "the sample itself breaks a rule");
      const found = await dump(server.metadata);
      for (const { what, body, name, message } of faultsOf(operation.input, input)) {
        const answer = await server.post(operation.name, body);
        assert.deepEqual(failure(answer), { status: 400, name, message }, what);
      }
      assert.deepEqual(await dump(server.metadata), found);
    });
  }
});

// These change what there is, and go last; among them those go last that take something away.
describe("what no shape names is ignored, as is a member that is null or was overwritten", () => {
  const takesAway = ({ name }: { readonly name: string }) => Number(/^(BatchDelete|Delete|Deregister)/.test(name));
  for (const operation of operations.toSorted((a, b) => takesAway(a) - takesAway(b))) {
    test(operation.name, async () => {
      const input = sampleInput(operation, "required");
      const post = async (added: object) => outcome(await server.post(operation.name, bodyOf(added, input)));
      // The second time: the first may have made what is there from then on.
      await post({});
      const expected = await post({});
      const named = Object.keys(operation.input.members);
      const optional = named.filter((it) => !operation.input.required.includes(it));
      const variants = [
        { account: "999999999999", unknown: [{}], "": 1 },
        JSON.parse('{"__proto__":{"registryId":"999999999999"},"constructor":1,"toString":null}'),
        Object.fromEntries(optional.map((it) => [it, null])),
        Object.fromEntries(operation.input.required.map((it) => [it, null])),
      ];
      for (const added of variants) assert.deepEqual(await post(added), expected, JSON.stringify(added));
    });
  }
});

/** JSON of several objects in one, of whose members some may have the same name. */
function bodyOf(...parts: readonly object[]): string {
  const members = parts
    .flatMap((it) => Object.entries(it))
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{${members.join(",")}}`;
}

/** What an answer says went wrong. */
function failure(answer: Answer): { status: number; name: string; message: string } {
  const { __type: name, message } = JSON.parse(answer.text);
  return { status: answer.status, name, message };
}

/** How a request went, without what differs from time to time. */
function outcome(answer: Answer): object {
  const { __type: name, message, ...members } = JSON.parse(answer.text);
  return { status: answer.status, name, message, members: Object.keys(members) };
}
