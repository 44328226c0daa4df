import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { flagOf, SETTING_NAMES } from "../settings.ts";
import { configurationTable, helpText } from "./help.ts";

test("docs/configuration.md has the table of settings as it is", () => {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "configuration.md"), "utf8");
  assert.ok(page.includes(configurationTable()), `put this table into docs/configuration.md:\n${configurationTable()}`);
});

test("the help names every flag and fits on a terminal", () => {
  const lines = helpText().split("\n");
  for (const name of SETTING_NAMES) assert.ok(helpText().includes(`${flagOf(name)} `), name);
  assert.deepEqual(
    lines.filter((line) => line.length > 110),
    [],
  );
});

test("a reader who goes before all is printed, as head does, is no failure", async () => {
  const main = join(import.meta.dirname, "..", "main.ts");
  const child = spawn(process.execPath, [main, "help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const [[code], errors] = await Promise.all([once(child, "exit"), text(child.stderr)]);
  assert.deepEqual([code, errors], [0, ""]);
});
