import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfiguration } from "../configuration.ts";
import type { Configuration } from "../configuration.ts";
import { RegistryError } from "../kernel/errors.ts";
import { bannerText } from "./banner.ts";
import { quote, splitArguments, takeOptions } from "./command-line.ts";
import { endpointOf } from "./endpoint.ts";
import { parseProfile } from "./aws-profile.ts";
import { explainFailure } from "./failure.ts";
import { explainFullDisk } from "./full-disk.ts";
import { hostsText } from "./hosts.ts";
import { certificateNames } from "./tls.ts";

function configurationOf(...args: string[]): Configuration {
  const readFile = (): string => assert.fail("no file is read");
  return readConfiguration({ args, environment: {}, folder: process.cwd(), readFile, isTerminal: true, cores: 1 });
}

test("a client on this machine says localhost, with the port that was bound", () => {
  assert.deepEqual(endpointOf(configurationOf("--address", "0.0.0.0"), 80), {
    url: "http://localhost:80",
    registryHost: "localhost:80",
  });
  assert.equal(endpointOf(configurationOf("--address", "10.1.2.3"), 80).url, "http://10.1.2.3:80");
  assert.equal(endpointOf(configurationOf("--tls-certificate", "c", "--tls-key", "k"), 443).url, "https://localhost:443");
  assert.equal(endpointOf(configurationOf("--public-url", "https://ecr.example.com"), 80).registryHost, "ecr.example.com");
});

test("the banner repeats the flags that another command needs to mean the same registry", () => {
  const ready = { port: 4510, credentialsFile: "/d/credentials", firstStart: false, startup_ms: 1 };
  const text = (configuration: Configuration) => bannerText({ ...ready, configuration }, { colour: false });
  assert.match(text(configurationOf()), /eval "\$\(npx longshore env\)"/);
  assert.match(text(configurationOf("--data", "/some where")), /npx longshore env --data '\/some where'\)/);
  assert.match(
    bannerText({ ...ready, port: 80, configuration: configurationOf("--port", "0") }, { colour: false }),
    /env --port 80\)/,
  );
});

test("the banner does not show the database's URL", () => {
  const configuration = configurationOf("--metadata", "postgres://u:hunter2@h/d");
  const text = bannerText({ configuration, port: 1, credentialsFile: "c", firstStart: true, startup_ms: 1 }, { colour: true });
  assert.doesNotMatch(text, /hunter2/);
});

test("hosts are those of the configured registry, or of every account in every region that was named", () => {
  const lines = (text: string) => text.split("\n").filter((line) => line.includes(".dkr"));
  assert.deepEqual(lines(hostsText(configurationOf(), { words: [], official: false })), [
    "127.0.0.1       000000000000.dkr.ecr.us-east-1.localhost",
  ]);
  const words = ["111122223333", "444455556666", "eu-west-1", "eu-west-3"];
  assert.equal(lines(hostsText(configurationOf(), { words, official: false })).length, 4);
  assert.match(
    hostsText(configurationOf(), { words: [], official: true }),
    / 000000000000\.dkr\.ecr\.us-east-1\.amazonaws\.com\n/,
  );
  assert.throws(() => hostsText(configurationOf(), { words: ["moon"], official: false }), /neither an account .* nor a region/);
});

test("a certificate is for the suffix, the registries of all accounts, and this machine", () => {
  const names = certificateNames(configurationOf("--host-suffix", "ecr.example.com", "--address", "10.1.2.3"), true);
  for (const name of ["localhost", "127.0.0.1", "10.1.2.3", "ecr.example.com", "*.dkr.ecr.us-east-1.ecr.example.com"]) {
    assert.ok(names.includes(name), name);
  }
  const registries = ["dkr.ecr", "dkr.ecr-fips", "dkr-ecr", "dkr-ecr-fips"].map((label) => `*.${label}.us-east-1`);
  const own = registries.map((it) => `${it}.localhost`);
  const [ofIpv4, ofBoth] = [registries.slice(0, 2), registries.slice(2)];
  const official = [...ofIpv4.map((it) => `${it}.amazonaws.com`), ...ofBoth.map((it) => `${it}.on.aws`)];
  const wildcards = (isOfficial: boolean) => certificateNames(configurationOf(), isOfficial).filter((it) => it.startsWith("*"));
  assert.deepEqual(wildcards(false), own);
  assert.deepEqual(wildcards(true), [...own, ...official]);
});

test("keys are read from the default profile only", () => {
  const text =
    "[other]\naws_access_key_id = A\naws_secret_access_key = B\n\n[default]\naws_access_key_id = C\naws_secret_access_key = D\n";
  assert.deepEqual(parseProfile(text, "default"), {
    accessKeyId: "C",
    secretAccessKey: "D",
    sessionToken: undefined,
    region: undefined,
  });
  assert.equal(parseProfile(text, "other")?.accessKeyId, "A");
  assert.equal(parseProfile("[default]\n", "default"), undefined);
});

test("words, switches and flags are told apart", () => {
  const { switches, words, flags } = splitArguments(["a", "--on", "--port", "1", "b", "--data=x", "c"], ["--on"]);
  assert.deepEqual(
    { switches: [...switches], words, flags },
    { switches: ["--on"], words: ["a", "b", "c"], flags: ["--port", "1", "--data=x"] },
  );
});

test("a shell reads a quoted word back as it was", () => {
  assert.equal(quote("/data/x-1"), "/data/x-1");
  assert.equal(quote("it's"), "'it'\\''s'");
  assert.equal(quote("$(rm)"), "'$(rm)'");
});

test("errors of the system become one sentence", () => {
  const sentence = (fields: object) => explainFailure(Object.assign(new Error("raw text"), fields)).sentence;
  assert.match(
    sentence({ code: "EADDRINUSE", syscall: "listen", address: "127.0.0.1", port: 80 }),
    /^Port 80 of 127\.0\.0\.1 is already in use/,
  );
  assert.match(sentence({ code: "EACCES", syscall: "listen", port: 80 }), /may not listen on port 80/);
  assert.match(sentence({ code: "EACCES", path: "/root/x" }), /^This user may not use \/root\/x;/);
  assert.equal(sentence({ code: "EISDIR", path: "/d/x" }), "A folder is in the way where a file should be: move /d/x away.");
  assert.match(sentence({ code: "ENOTDIR", path: "/file/x" }), /A file is in the way .* \/file\/x/);
  assert.match(sentence({ code: "ERR_SQLITE_ERROR", errcode: 26 }), /^longshore\.db is not a database of SQLite: .*--data\.$/);
  assert.match(
    sentence({ code: "ERR_SQLITE_ERROR", errcode: 14 }),
    /^longshore\.db .* not there, or this user may not read it: /,
  );
  assert.match(sentence({ code: "ENOTFOUND", hostname: "nosuch" }), /^The host name nosuch cannot be resolved; .*--address/);
  assert.equal(explainFailure(new Error("first line\nsecond line")).sentence, "first line.");
  assert.equal(explainFailure("thrown text").sentence, "thrown text.");
});

test("a full disk is named by what lies on it", () => {
  const places = { data: "/d", archiveData: "/a" };
  const sentence = (error: Error, metadata?: string) =>
    explainFailure(explainFullDisk(error, { ...places, ...(metadata !== undefined && { metadata }) })).sentence;
  const system = (fields: object) => Object.assign(new Error("raw text"), fields);
  const database = new RegistryError("InsufficientStorageException", "The database cannot be written.");
  const ofData = "The disk of the data folder /d is full or failing: make room on it, then start again.";
  assert.equal(sentence(system({ code: "ENOSPC" })), ofData);
  assert.equal(sentence(system({ code: "ERR_SQLITE_ERROR", errcode: 13 })), ofData);
  assert.equal(sentence(system({ code: "ERR_SQLITE_ERROR", errcode: 4874 })), ofData);
  assert.equal(sentence(database), ofData);
  assert.match(sentence(database, "postgres://u:hunter2@h/d"), /^The disk of the database that --metadata names is full/);
  assert.match(sentence(system({ code: "ENOSPC", path: "/a/blobs" })), /^The disk of the archive \/a is full/);
  assert.equal(sentence(system({ code: "ERR_SQLITE_ERROR", errcode: 26 })).includes("disk"), false);
});

test("a command's own flags are taken out with their values", () => {
  const { options, rest } = takeOptions(["create", "--id", "1", "--alias=a=b", "--data", "d"], ["--id", "--alias"]);
  assert.deepEqual(
    { options: [...options], rest },
    {
      options: [
        ["--id", "1"],
        ["--alias", "a=b"],
      ],
      rest: ["create", "--data", "d"],
    },
  );
  assert.throws(() => takeOptions(["--id"], ["--id"]), /--id needs a value/);
  assert.throws(() => takeOptions(["--id", "1", "--id", "2"], ["--id"]), /--id is there twice/);
});
