import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError, readConfiguration, strangeVariables } from "./configuration.ts";
import type { Configuration, ConfigurationSource } from "./configuration.ts";
import { defaultOf, flagOf, SETTING_NAMES, SETTINGS, variableOf } from "./settings.ts";
import type { Setting } from "./settings.ts";

interface Given {
  readonly args?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly file?: string;
  readonly isTerminal?: boolean;
}

function sourceOf({ args = [], environment = {}, file, isTerminal = false }: Given): ConfigurationSource {
  const readFile = (path: string): string => {
    if (file === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    return file;
  };
  return { args, environment, folder: "/srv", readFile, isTerminal, cores: 8 };
}

const read = (given: Given): Configuration => readConfiguration(sourceOf(given));
const refusal = (given: Given): string => {
  try {
    read(given);
  } catch (error) {
    return (error as Error).message;
  }
  return assert.fail("nothing was refused");
};

test("without any setting, everything has its default", () => {
  assert.deepEqual(read({}), {
    address: "127.0.0.1",
    port: 4510,
    hostSuffix: "localhost",
    trustedProxies: [],
    data: "/srv/data",
    account: "000000000000",
    region: "us-east-1",
    maxRequestSkew_s: 300,
    uploadLifetime_s: 86_400,
    undoWindow_s: 604_800,
    deletionRecords_s: 7_776_000,
    inUseWindow_s: 259_200,
    layerSizeBytesMax: 1_099_511_627_776,
    repositoriesMax: Number.POSITIVE_INFINITY,
    imagesMax: Number.POSITIVE_INFINITY,
    tagsPerImageMax: 1000,
    pullThroughRulesMax: 50,
    gcInterval_s: 3_600,
    scrub: { within_s: 30 * 86_400, rate_bytes: 32 * 1024 * 1024 },
    workers: 4,
    logFormat: "json",
    logLevel: "info",
    lifecycleInterval_s: 3_600,
    shutdownGrace_s: 30,
  });
});

test("a flag wins over a variable, a variable over the file, the file over the default", () => {
  const args = ["--config", "longshore.json", "--port", "1"];
  const environment = { LONGSHORE_PORT: "2", LONGSHORE_REGION: "eu-west-1" };
  const { port, region, account } = read({ args, environment, file: '{"port":3,"region":"eu-west-3","account":"333333333333"}' });
  assert.deepEqual({ port, region, account }, { port: 1, region: "eu-west-1", account: "333333333333" });
});

test("the file may be named by a variable, and its paths start from its own folder", () => {
  const { data } = read({ environment: { LONGSHORE_CONFIG: "/etc/longshore/longshore.json" }, file: '{"data":"here"}' });
  assert.equal(data, "/etc/longshore/here");
});

test("a flag takes its value behind a space or behind an equals sign, and the last one counts", () => {
  assert.equal(read({ args: ["--port", "1", "--port=2"] }).port, 2);
});

test("an empty variable is not set", () => {
  assert.equal(read({ environment: { LONGSHORE_PORT: "" } }).port, 4510);
});

test("times and sizes may have units", () => {
  const { uploadLifetime_s, layerSizeBytesMax } = read({ args: ["--upload-lifetime", "90m", "--max-layer-size", "2GiB"] });
  assert.deepEqual({ uploadLifetime_s, layerSizeBytesMax }, { uploadLifetime_s: 5_400, layerSizeBytesMax: 2_147_483_648 });
});

test("what can be brought back is on record for as long at least", () => {
  assert.equal(
    refusal({ args: ["--undo-window", "100d"] }),
    "--deletion-records (LONGSHORE_DELETION_RECORDS) is shorter than --undo-window: what can be brought back has to be on record.",
  );
  assert.equal(read({ args: ["--undo-window", "100d", "--deletion-records", "100d"] }).undoWindow_s, 8_640_000);
  assert.equal(read({ args: ["--undo-window", "0", "--deletion-records", "0"] }).deletionRecords_s, 0);
});

test("on a terminal logs are text, unless something else is asked for", () => {
  assert.equal(read({ isTerminal: true }).logFormat, "text");
  assert.equal(read({ isTerminal: true, args: ["--log-format", "json"] }).logFormat, "json");
});

test("a refusal says which setting, from where, what was wrong and what is allowed", () => {
  const allowed = "but it must be a whole number from 0 to 65535";
  assert.equal(refusal({ args: ["--port", "99999"] }), `The flag --port is "99999", ${allowed}.`);
  assert.equal(refusal({ environment: { LONGSHORE_PORT: "http" } }), `The variable LONGSHORE_PORT is "http", ${allowed}.`);
  assert.equal(refusal({ args: ["--config", "c.json"], file: '{"port":-1}' }), `"port" in /srv/c.json is "-1", ${allowed}.`);
});

test("a port that Kubernetes set is explained", () => {
  assert.match(refusal({ environment: { LONGSHORE_PORT: "tcp://10.0.0.1:4510" } }), /enableServiceLinks: false/);
});

for (const [flag, text] of [
  ["--address", ""],
  ["--address", "not an address"],
  ["--port", "65536"],
  ["--public-url", "ftp://example.com"],
  ["--public-url", "https://example.com/ecr"],
  ["--public-url", "https://user:password@example.com"],
  ["--host-suffix", ".example.com"],
  ["--host-suffix", "example.com:443"],
  ["--account", "1234"],
  ["--region", "moon"],
  ["--workers", "0"],
  ["--max-skew", "2d"],
  ["--max-layer-size", "0"],
  ["--max-layer-size", "2TiB"],
  ["--log-format", "xml"],
  ["--log-level", "loud"],
  ["--data", ""],
] as const) {
  test(`${flag} "${text}" is refused`, () => {
    assert.match(refusal({ args: [`${flag}=${text}`] }), new RegExp(`^The flag ${flag} is ".*", but it must be `));
  });
}

test("the database's URL is never printed, for it holds a password", () => {
  const message = refusal({ args: ["--metadata", "mysql://user:hunter2@host/db"] });
  assert.match(message, /^The flag --metadata is not valid, but it must be a postgres:\/\/ URL/);
  assert.doesNotMatch(message, /hunter2/);
  assert.doesNotMatch(refusal({ args: ["--config", "c"], file: '{"metadata":"postgres://u:hunter2@h/d' }), /hunter2/);
});

test("TLS needs both a certificate and a key", () => {
  assert.match(refusal({ args: ["--tls-key", "k.pem"] }), /^The flag --tls-key is set, but TLS needs --tls-certificate /);
  assert.match(refusal({ environment: { LONGSHORE_TLS_CERTIFICATE: "c.pem" } }), /TLS needs --tls-key \(LONGSHORE_TLS_KEY\) too/);
  const { tls } = read({ args: ["--tls-key", "k.pem", "--tls-certificate", "/c.pem"] });
  assert.deepEqual(tls, { certificate: "/c.pem", key: "/srv/k.pem" });
});

test("a misspelt flag, variable or key is refused with the nearest one that exists", () => {
  assert.equal(refusal({ args: ["--prot", "80"] }), "There is no flag --prot; did you mean --port?");
  assert.equal(
    refusal({ environment: { LONGSHORE_PROT: "80" } }),
    "There is no variable LONGSHORE_PROT; did you mean LONGSHORE_PORT?",
  );
  assert.equal(
    refusal({ args: ["--config", "c"], file: '{"prot":80}' }),
    'There is no setting "prot" in /srv/c; did you mean "port"?',
  );
  assert.equal(refusal({ args: ["--colour"] }), "There is no flag --colour; longshore --help lists them all.");
});

test("variables that are far from any of ours are left alone", () => {
  assert.equal(
    read({ environment: { LONGSHORE_SERVICE_HOST: "10.0.0.1", LONGSHORE_PORT_4510_TCP: "tcp://10.0.0.1:4510" } }).port,
    4510,
  );
});

test("variables that look like settings and are none are named, but for those that Kubernetes makes", () => {
  const environment = { LONGSHORE_PORT: "1", LONGSHORE_CONFIG: "c", LONGSHORE_DEBUG: "1", LONGSHORE_PEER_USER: "u", HOME: "/" };
  const kubernetes = {
    LONGSHORE_SERVICE_HOST: "10.0.0.1",
    LONGSHORE_SERVICE_PORT: "80",
    LONGSHORE_SERVICE_PORT_HTTP: "80",
    LONGSHORE_WEB_PORT: "tcp://10.0.0.1:80",
    LONGSHORE_PORT_80_TCP: "tcp://10.0.0.1:80",
    LONGSHORE_PORT_80_TCP_ADDR: "10.0.0.1",
  };
  const strange = { LONGSHORE_TABLE: "x", LONGSHORE_HTTP_PORT: "80", LONGSHORE_EMPTY: "" };
  assert.deepEqual(strangeVariables({ ...environment, ...kubernetes }), []);
  assert.deepEqual(strangeVariables({ ...environment, ...kubernetes, ...strange }), ["LONGSHORE_HTTP_PORT", "LONGSHORE_TABLE"]);
});

test("a flag without its value is refused", () => {
  assert.equal(refusal({ args: ["--port"] }), "The flag --port needs a value behind it.");
  assert.equal(refusal({ args: ["--port", "--data", "x"] }), "The flag --port needs a value behind it.");
});

test("a file that is absent, is not JSON or holds no object is refused in a sentence", () => {
  assert.throws(() => read({ args: ["--config", "c.json"] }), ConfigurationError);
  assert.equal(refusal({ args: ["--config", "c.json"] }), "The configuration file /srv/c.json cannot be read (ENOENT).");
  assert.equal(refusal({ args: ["--config", "c.json"], file: "port: 80" }), "The configuration file /srv/c.json is not JSON.");
  assert.match(refusal({ args: ["--config", "c.json"], file: "[80]" }), /must hold one JSON object/);
  assert.match(refusal({ args: ["--config", "c.json"], file: '{"port":true}' }), /^"port" in .* must be a text or a number/);
});

test("every setting has a default that it allows, its own flag and its own variable", () => {
  for (const name of SETTING_NAMES) {
    const setting: Setting<unknown> = SETTINGS[name];
    if (setting.fallback !== undefined) assert.notEqual(setting.parse(setting.fallback), undefined, name);
    assert.notEqual(defaultOf(name), "");
  }
  assert.equal(new Set(SETTING_NAMES.flatMap((name) => [flagOf(name), variableOf(name)])).size, 2 * SETTING_NAMES.length);
});

test("rates are operations with whole numbers, each operation once", () => {
  const rates = (text: string): Configuration["rates"] => read({ args: ["--rates", text] }).rates;
  assert.equal(read({}).rates, undefined);
  assert.deepEqual(
    rates("PutImage=10, GetAuthorizationToken=500"),
    new Map([
      ["PutImage", 10],
      ["GetAuthorizationToken", 500],
    ]),
  );
  for (const text of [
    "PutImage",
    "PutImage=",
    "PutImage=0",
    "PutImage=1.5",
    "PutImage=1000001",
    "PutImage=1,PutImage=2",
    "=1",
    ",",
  ]) {
    assert.match(refusal({ args: ["--rates", text] }), /^The flag --rates is .* but it must be operations with whole numbers/);
  }
});

test("a quota is a number, or unlimited", () => {
  const { repositoriesMax, imagesMax } = read({ args: ["--max-repositories", "unlimited", "--max-images", "100000"] });
  assert.deepEqual({ repositoriesMax, imagesMax }, { repositoriesMax: Number.POSITIVE_INFINITY, imagesMax: 100_000 });
  for (const text of ["0", "-1", "many", "1000001"]) {
    const sentence = `The flag --max-images is "${text}", but it must be unlimited, or a whole number from 1 to 1000000.`;
    assert.equal(refusal({ args: ["--max-images", text] }), sentence);
  }
});
