import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLine } from "./log-text.ts";
import { createLoggerTo } from "./log.ts";

function logged(write: (logger: ReturnType<typeof createLoggerTo>) => void): string[] {
  const lines: string[] = [];
  write(createLoggerTo({ write: (line) => lines.push(line) }, "info"));
  return lines;
}

test("secrets are not written, at the top or one level down", () => {
  const lines = logged((logger) => {
    logger.info({ password: "hunter2", request: { authorization: "hunter2" }, authorizationToken: "hunter2" }, "login");
  });
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines.join(""), /hunter2/);
});

test("levels below the chosen one are not written", () => {
  assert.deepEqual(
    logged((logger) => logger.debug("quiet")),
    [],
  );
});

test("a line for people has the time, the level, the message and the fields", () => {
  const [line] = logged((logger) => logger.info({ status: 200, path: "/v2/", agent: "a b" }, "request"));
  assert.match(
    formatLine(line ?? "", { colour: false }),
    /^\d\d:\d\d:\d\d\.\d{3} info {2}request {2}status=200 path=\/v2\/ agent="a b"\n$/,
  );
});

test("a client cannot put escape codes or line breaks into a line for people", () => {
  const [line] = logged((logger) => logger.info({ agent: "\u001b[31mred\nfake" }, "request"));
  assert.match(formatLine(line ?? "", { colour: false }), /agent="\\u001b\[31mred\\nfake"\n$/);
});

test("an error's stack stands below its line", () => {
  const [line] = logged((logger) => logger.error({ err: new Error("broken") }, "request failed"));
  assert.match(formatLine(line ?? "", { colour: false }), /request failed\n {4}Error: broken\n {8}at /);
});
