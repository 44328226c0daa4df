import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScanFrequency, ScanningConfiguration, ScanType } from "./configuration.ts";
import { matchesFilter, scanningOf } from "./match.ts";

test("a filter matches names as ECR's table has it", () => {
  const names = ["prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo"];
  const table = {
    prod: [true, true, true, true, true],
    "*prod": [true, true, false, false, false],
    "prod*": [true, false, true, false, true],
    "*prod*": [true, true, true, true, true],
    "prod*repo": [false, false, true, false, true],
  };
  for (const [filter, expected] of Object.entries(table)) {
    assert.deepEqual(
      names.map((name) => matchesFilter(filter, name)),
      expected,
      filter,
    );
  }
});

const wildcard = (filter: string) => ({ filter, filterType: "WILDCARD" as const });

function configuration(scanType: ScanType, rules: Partial<Record<ScanFrequency, readonly string[]>>): ScanningConfiguration {
  const entries = Object.entries(rules) as [ScanFrequency, readonly string[]][];
  return {
    scanType,
    rules: entries.map(([scanFrequency, filters]) => ({ scanFrequency, repositoryFilters: filters.map(wildcard) })),
  };
}

test("a repository that matches a rule is scanned by it, because of the filters that match", () => {
  const basic = configuration("BASIC", { SCAN_ON_PUSH: ["prod", "*-app", "test"] });
  assert.deepEqual(scanningOf(basic, { name: "prod-app", scanOnPush: false }), {
    scanOnPush: true,
    scanFrequency: "SCAN_ON_PUSH",
    appliedScanFilters: [wildcard("prod"), wildcard("*-app")],
  });
});

test("of two rules that match, the continuous one wins, and the repository's own setting is still told", () => {
  const enhanced = configuration("ENHANCED", { SCAN_ON_PUSH: ["*"], CONTINUOUS_SCAN: ["prod"] });
  for (const scanOnPush of [true, false]) {
    const expected = { scanOnPush, scanFrequency: "CONTINUOUS_SCAN", appliedScanFilters: [wildcard("prod")] };
    assert.deepEqual(scanningOf(enhanced, { name: "prod", scanOnPush }), expected);
  }
});

test("a repository that matches no rule is scanned by hand", () => {
  const manual = { scanOnPush: false, scanFrequency: "MANUAL", appliedScanFilters: [] };
  for (const one of [
    configuration("BASIC", { SCAN_ON_PUSH: ["prod"] }),
    configuration("ENHANCED", { CONTINUOUS_SCAN: ["prod"] }),
    configuration("ENHANCED", { CONTINUOUS_SCAN: [] }),
  ]) {
    assert.deepEqual(scanningOf(one, { name: "test", scanOnPush: true }), manual);
  }
});

test("without rules in the registry, the repository's own setting counts for basic scanning only", () => {
  const own = { scanOnPush: true, scanFrequency: "SCAN_ON_PUSH", appliedScanFilters: [] };
  const manual = { scanOnPush: false, scanFrequency: "MANUAL", appliedScanFilters: [] };
  assert.deepEqual(scanningOf(configuration("BASIC", {}), { name: "app", scanOnPush: true }), own);
  assert.deepEqual(scanningOf(configuration("BASIC", {}), { name: "app", scanOnPush: false }), manual);
  assert.deepEqual(scanningOf(configuration("ENHANCED", {}), { name: "app", scanOnPush: true }), manual);
});
