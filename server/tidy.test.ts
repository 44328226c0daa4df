import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ecrOperations } from "./ecr-operations.ts";
import { iamOperations } from "./iam/operations.ts";
import { organisationOperations } from "./iam/organisation/operations.ts";
import { stsOperations } from "./iam/sessions/operations.ts";
import { longshoreOperations } from "./longshore-operations.ts";
import { ROUTES } from "./protocols/oci/routes.ts";

// The rules of docs/architecture.md and CONTRIBUTING.md that a machine can hold.

const ROOT = join(import.meta.dirname, "..");
/** The order of the floors: a file imports its own folder and what stands above it. Those in one line never meet. */
const FLOORS = [
  ["kernel"],
  ["platform"],
  ["keys"],
  ["identity"],
  ["policies"],
  ["iam"],
  ["repositories"],
  ["layers"],
  ["images"],
  ["lifecycle", "scanning", "replication", "pull-through", "signing", "catalog"],
  ["notifications", "insights", "audit"],
  ["protocols"],
  ["arguments.ts", "setting-values.ts", "settings.ts", "configuration.ts"],
  ["data-folder.ts", "tls-files.ts"],
  ["installation.ts"],
  ["jobs.ts"],
  ["ecr-operations.ts", "longshore-operations.ts"],
  ["apis.ts"],
  ["compose.ts"],
  ["commands"],
  ["main.ts"],
];
const FILE_LINES_MAX = 400;
const SERVER_FILES_MIN = 30;
const VAGUE_WORDS = /(^|-)(util|utils|helper|helpers|manager|service|services|common|misc|impl)(-|$)/;
const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/;
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+)"|^import "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

interface SourceFile {
  /** From the root, such as `server/kernel/names.ts`. */
  readonly path: string;
  readonly text: string;
}

const sources: readonly SourceFile[] = globSync("{server,test,bench}/**/*.ts", { cwd: ROOT })
  .filter((path) => !path.includes("node_modules"))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
const server = sources.filter(({ path }) => path.startsWith("server/"));
const product = server.filter(({ path }) => !isTest(path));

function isTest(path: string): boolean {
  return path.endsWith(".test.ts") || path.startsWith("server/testing/");
}

/** The floor of a file: the first step of its path below `server`. */
function floorOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function levelOf(path: string): number {
  return FLOORS.findIndex((names) => names.includes(floorOf(path)));
}

function importsOf({ path, text }: SourceFile): string[] {
  return [...text.matchAll(IMPORT)].map((match) => join(path, "..", match[1] ?? match[2] ?? match[3] ?? ""));
}

test("there are files to look at", () => {
  assert.ok(product.length >= SERVER_FILES_MIN, `only ${product.length} files were found`);
  assert.ok(product.flatMap(importsOf).length >= product.length, "the imports were not found");
});

describe("floors", () => {
  test("every file stands on a floor of the list", () => {
    const strays = product.filter(({ path }) => levelOf(path) === -1).map(({ path }) => path);
    assert.deepEqual(strays, []);
  });

  test("a file imports its own folder and the floors above it, and siblings never meet", () => {
    const broken = product.flatMap((file) =>
      importsOf(file)
        .filter((target) => floorOf(target) !== floorOf(file.path))
        .filter((target) => levelOf(target) === -1 || levelOf(target) > levelOf(file.path) || areSiblings(file.path, target))
        .map((target) => `${file.path} imports ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  test("what is shared by tests is imported by tests only", () => {
    const broken = product.filter((file) =>
      importsOf(file).some((it) => it.startsWith("server/testing/") || it.endsWith(".test.ts")),
    );
    assert.deepEqual(
      broken.map(({ path }) => path),
      [],
    );
  });
});

/** Folders of one line; the files of the configuration stand in one line too, but belong together. */
function areSiblings(from: string, to: string): boolean {
  return levelOf(from) === levelOf(to) && !floorOf(from).endsWith(".ts");
}

describe("files", () => {
  test(`none is longer than ${FILE_LINES_MAX} lines`, () => {
    const long = product.filter(({ text }) => text.split("\n").length > FILE_LINES_MAX + 1).map(({ path }) => path);
    assert.deepEqual(long, []);
  });

  test("names are in kebab-case and say what is in there", () => {
    const badly = sources.filter(({ path }) => {
      const name = path.split("/").at(-1) ?? "";
      const steps = path.replace(/(\.test)?\.ts$/, "").split("/");
      return !FILE_NAME.test(name) || steps.some((step) => VAGUE_WORDS.test(step));
    });
    assert.deepEqual(
      badly.map(({ path }) => path),
      [],
    );
  });

  test("nothing is exported as default, and no file only passes on what others export", () => {
    const broken = sources.filter(({ text }) => /^export default\b/m.test(text) || /^export (\*|\{[^}]*\}) from/m.test(text));
    assert.deepEqual(
      broken.map(({ path }) => path),
      [],
    );
  });

  test("no note to do something later is left without the number of its issue", () => {
    const broken = sources.filter(({ text }) => /\b(TODO|FIXME|XXX)\b(?! #\d)/.test(text.replaceAll("(TODO|FIXME|XXX)", "")));
    assert.deepEqual(
      broken.map(({ path }) => path),
      [],
    );
  });
});

describe("permissions", () => {
  /** Operations are data: nothing that they need is touched until one is called. */
  const services = [ecrOperations, iamOperations, stsOperations, longshoreOperations, organisationOperations]
    .map((table) => table as (deps: never) => ReturnType<typeof table>)
    .map((table) => table({} as never));
  const operations = services.flat();

  test("every operation says what it asks for; only STS asks for nothing, to tell callers who they are, and where it decides by itself", () => {
    assert.ok(operations.length > 0);
    const asksNothing = operations.filter(({ asks }) => asks === "none").map(({ name }) => name);
    assert.deepEqual(asksNothing, ["GetCallerIdentity", "AssumeRole", "GetSessionToken"]);
    for (const service of services) assert.equal(new Set(service.map(({ name }) => name)).size, service.length);
  });

  test("every route of /v2/ names its actions; only the one that tells whether a token is good names none", () => {
    assert.ok(ROUTES.length > 0);
    assert.deepEqual(
      ROUTES.filter(({ on }) => on === "nothing").map(({ method, kind }) => `${method} ${kind}`),
      ["GET base", "HEAD base"],
    );
    for (const { actions, on } of ROUTES) assert.ok(on === "nothing" || actions.length > 0);
  });
});

describe("documentation", () => {
  const documents = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: ROOT })].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), "utf8"),
  }));

  test("every page of docs/ is named in the README or in another page", () => {
    const pages = documents.map(({ path }) => path).filter((path) => path.startsWith("docs/"));
    assert.ok(pages.length > 0);
    const unnamed = pages.filter((page) => {
      const name = page.split("/").at(-1) ?? "";
      const folder = page.startsWith("docs/decisions/") ? "decisions/" : name;
      return !documents.some(({ path, text }) => path !== page && text.includes(folder));
    });
    assert.deepEqual(unnamed, []);
  });

  test("links between pages lead somewhere", () => {
    const known = new Set(
      globSync("{*,bench/**/*,bin/*,deploy/**/*,docs/**/*,scripts/*,server/**/*,test/**/*,.ci/*}", { cwd: ROOT }),
    );
    const dead = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
        .map((match) => join(path, "..", match[1] ?? "").replace(/\/$/, ""))
        .filter((target) => !known.has(target))
        .map((target) => `${path} links to ${target}`),
    );
    assert.deepEqual(dead, []);
  });
});
