import { isIP } from "node:net";
import { PULL_THROUGH_RULES_MAX, TAGS_PER_IMAGE_MAX, TAGS_PER_PAGE_MAX, USES_REMEMBERED_S } from "./kernel/limits.ts";
import { parseAccountId, parseRegion } from "./kernel/names.ts";
import { parseEgressAllowance } from "./platform/egress/allowance.ts";
import {
  parseChoice,
  parseDuration,
  parseHostName,
  parseInteger,
  parsePath,
  parsePostgresUrl,
  parseProxies,
  parsePublicUrl,
  parseQuota,
  parseRates,
  parseSize,
  QUOTA_MAX,
} from "./setting-values.ts";

/** One thing that can be set. Its flag and its variable follow from its name: `publicUrl`, `--public-url`, `LONGSHORE_PUBLIC_URL`. */
export interface Setting<T> {
  /** Under which heading it stands in the help. */
  readonly group: Group;
  /** What stands for its value in the help. */
  readonly value: string;
  /** The text that is read when nobody sets it. */
  readonly fallback: string | undefined;
  /** What to print for the default where there is no text for it. */
  readonly otherwise?: string;
  /** A sentence: what it is for. */
  readonly what: string;
  /** What it may be, to follow the words "must be". */
  readonly allowed: string;
  /** Its value is never printed. */
  readonly secret?: true;
  /** It is a path; in the configuration file it is relative to that file. */
  readonly path?: true;
  /** The value that a text means, or undefined when the text is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

type Group = "Network" | "Storage" | "Registry" | "Limits" | "Running";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const WORKERS_MAX = 64;
const PORT_MAX = 65_535;
const QUOTA_ALLOWED = `unlimited, or a whole number from 1 to ${QUOTA_MAX}`;
const PULL_THROUGH_RULES_SETTING_MAX = 1_000;

/** Every setting, in the order in which people read about them. Flags, variables, the file, help and documentation are this table. */
export const SETTINGS = {
  address: required({
    group: "Network",
    value: "<address>",
    fallback: "127.0.0.1",
    what: "The address to listen on; 0.0.0.0 or :: is every one of this machine's.",
    allowed: "an IP address or a host name",
    parse: (text) => (isIP(text) !== 0 ? text : parseHostName(text)),
  }),
  port: required({
    group: "Network",
    value: "<number>",
    fallback: "4510",
    what: "The port to listen on; 0 takes any that is free.",
    allowed: `a whole number from 0 to ${PORT_MAX}`,
    parse: (text) => parseInteger(text, 0, PORT_MAX),
  }),
  publicUrl: optional({
    group: "Network",
    value: "<url>",
    otherwise: "what the client used",
    what: "The URL by which clients reach this server, when it stands behind a proxy or under another name.",
    allowed: "an http:// or https:// URL with a host and nothing behind it, such as https://ecr.example.com",
    parse: parsePublicUrl,
  }),
  hostSuffix: required({
    group: "Network",
    value: "<name>",
    fallback: "localhost",
    what: "The domain under which registries have names: <account>.dkr.ecr.<region>.<suffix>.",
    allowed: "a host name without a port, such as ecr.example.com",
    parse: parseHostName,
  }),
  tlsCertificate: optional({
    group: "Network",
    value: "<file>",
    otherwise: "plain HTTP",
    what: "The certificate chain to serve HTTPS with (PEM); goes with the key.",
    allowed: "the path of a file",
    path: true,
    parse: parsePath,
  }),
  tlsKey: optional({
    group: "Network",
    value: "<file>",
    otherwise: "plain HTTP",
    what: "The private key of the certificate (PEM).",
    allowed: "the path of a file",
    path: true,
    parse: parsePath,
  }),
  egressAllow: optional({
    group: "Network",
    value: "<list>",
    otherwise: "the public internet only",
    what: "What this server may ask by itself beyond the public internet, such as an OIDC issuer on a private network.",
    allowed: "host names, addresses and networks with commas between, such as keycloak.internal,10.0.0.0/8",
    parse: parseEgressAllowance,
  }),
  trustedProxies: required({
    group: "Network",
    value: "<list>",
    fallback: "none",
    what: "The proxies whose X-Forwarded-For, X-Forwarded-Proto and X-Longshore-Source-Vpc(e) are believed, by address.",
    allowed: "none, or addresses and ranges separated by commas, such as 10.0.0.0/8,192.0.2.7",
    parse: parseProxies,
  }),
  data: required({
    group: "Storage",
    value: "<folder>",
    fallback: "./data",
    what: "The folder that holds everything; it is made when it is missing.",
    allowed: "the path of a folder",
    path: true,
    parse: parsePath,
  }),
  metadata: optional({
    group: "Storage",
    value: "<url>",
    otherwise: "SQLite in the data folder",
    what: "The PostgreSQL database to keep metadata in.",
    allowed: "a postgres:// URL, such as postgres://user:password@host:5432/longshore",
    secret: true,
    parse: parsePostgresUrl,
  }),
  rootKeyFile: optional({
    group: "Storage",
    value: "<file>",
    otherwise: "root.key in the data folder",
    what: "The file of the key that seals every secret in the database; the first start makes it, readable by its owner only.",
    allowed: "the path of a file",
    path: true,
    parse: parsePath,
  }),
  archiveData: optional({
    group: "Storage",
    value: "<folder>",
    otherwise: "with all the others, in the data folder",
    what: "The folder that layers move to which only archived images need, such as one on slower and cheaper disks.",
    allowed: "the path of a folder",
    path: true,
    parse: parsePath,
  }),
  gcInterval: required({
    group: "Storage",
    value: "<time>",
    fallback: "1h",
    what: "How long after a garbage collection the next one begins; off is for whoever runs longshore gc by hand.",
    allowed: "off, or a time from 1m to 30d, such as 3600, 90m or 24h",
    parse: (text): number | "off" | undefined => (text === "off" ? text : parseDuration(text, 60, 30 * 24 * 60 * 60)),
  }),
  scrubWithin: required({
    group: "Storage",
    value: "<time>",
    fallback: "30d",
    what: "Within which time each stored layer is read again and compared with its digest; off verifies when longshore scrub says so.",
    allowed: "off, or a time from 1h to 365d, such as 7d",
    parse: (text): number | "off" | undefined => (text === "off" ? text : parseDuration(text, 60 * 60, 365 * 24 * 60 * 60)),
  }),
  scrubRate: required({
    group: "Storage",
    value: "<size>",
    fallback: "32MiB",
    what: "How much is read for that in a second, at most.",
    allowed: "a size from 1 byte to 1TiB, such as 8MiB",
    parse: parseSize,
  }),
  account: required({
    group: "Registry",
    value: "<id>",
    fallback: "000000000000",
    what: "The account that the first start makes, and that host names without an account mean.",
    allowed: "twelve digits",
    parse: parseAccountId,
  }),
  region: required({
    group: "Registry",
    value: "<region>",
    fallback: "us-east-1",
    what: "The region that host names without a region mean.",
    allowed: "a region name, such as eu-central-1",
    parse: parseRegion,
  }),
  maxSkew: required({
    group: "Limits",
    value: "<time>",
    fallback: "5m",
    what: "How far a client's clock may be from ours before a signed request is refused.",
    allowed: "a time from 1s to 1d, such as 300, 90s or 15m",
    parse: (text) => parseDuration(text, 1, 24 * 60 * 60),
  }),
  uploadLifetime: required({
    group: "Limits",
    value: "<time>",
    fallback: "24h",
    what: "How long an upload that nobody touches is kept, and how long it is known that one was completed.",
    allowed: "a time from 1m to 30d, such as 3600, 90m or 24h",
    parse: (text) => parseDuration(text, 60, 30 * 24 * 60 * 60),
  }),
  undoWindow: required({
    group: "Limits",
    value: "<time>",
    fallback: "7d",
    what: "For how long what was deleted can be brought back, its bytes with it; 0 is not at all.",
    allowed: "a time from 0 to 365d, such as 0, 36h or 30d",
    parse: (text) => parseDuration(text, 0, 365 * 24 * 60 * 60),
  }),
  deletionRecords: required({
    group: "Limits",
    value: "<time>",
    fallback: "90d",
    what: "For how long it is known who deleted what, when and why; not shorter than the undo window.",
    allowed: "a time from 0 to 3650d, such as 90d or 365d",
    parse: (text) => parseDuration(text, 0, 3_650 * 24 * 60 * 60),
  }),
  inUseWindow: required({
    group: "Limits",
    value: "<time>",
    fallback: "3d",
    what: "How long an image counts as in use after a cluster has reported it; reports must come more often than that.",
    allowed: "a time from 1h to 90d, such as 36h or 7d",
    parse: (text) => parseDuration(text, 60 * 60, USES_REMEMBERED_S),
  }),
  maxLayerSize: required({
    group: "Limits",
    value: "<size>",
    fallback: "1TiB",
    what: "The largest layer that is accepted.",
    allowed: "a size from 1 byte to 1TiB, such as 1073741824, 500MiB or 50GiB",
    parse: parseSize,
  }),
  maxRepositories: required({
    group: "Limits",
    value: "<number>",
    fallback: "unlimited",
    what: "How many repositories a registry may have.",
    allowed: QUOTA_ALLOWED,
    parse: parseQuota,
  }),
  maxImages: required({
    group: "Limits",
    value: "<number>",
    fallback: "unlimited",
    what: "How many images a repository may have; archived ones do not count.",
    allowed: QUOTA_ALLOWED,
    parse: parseQuota,
  }),
  maxTagsPerImage: required({
    group: "Limits",
    value: "<number>",
    fallback: String(TAGS_PER_IMAGE_MAX),
    what: "How many tags may name the same image.",
    allowed: `a whole number from 1 to ${TAGS_PER_PAGE_MAX}`,
    parse: (text) => parseInteger(text, 1, TAGS_PER_PAGE_MAX),
  }),
  maxPullThroughRules: required({
    group: "Limits",
    value: "<number>",
    fallback: String(PULL_THROUGH_RULES_MAX),
    what: "How many pull-through cache rules a registry may have.",
    allowed: `a whole number from 1 to ${PULL_THROUGH_RULES_SETTING_MAX}`,
    parse: (text) => parseInteger(text, 1, PULL_THROUGH_RULES_SETTING_MAX),
  }),
  rates: optional({
    group: "Limits",
    value: "<list>",
    otherwise: "no limit",
    what: "How often an account may call ECR's operations in a region, in calls a second; the workers of a node share it out evenly.",
    allowed: "operations with whole numbers from 1 to 1000000, such as PutImage=10,GetAuthorizationToken=500",
    parse: parseRates,
  }),
  lifecycleInterval: required({
    group: "Running",
    value: "<time>",
    fallback: "1h",
    what: "How often each lifecycle policy is carried out; off is only when somebody asks for it.",
    allowed: "off, or a time from 1m to 24h, such as 15m or 6h",
    parse: (text): number | "off" | undefined => (text === "off" ? text : parseDuration(text, 60, 24 * 60 * 60)),
  }),
  lifecycleBrake: required({
    group: "Running",
    value: "<percent>",
    fallback: "off",
    what: "The share of a repository's images that a lifecycle policy may remove at once without being asked about, unless one has before.",
    allowed: "off, or a whole number from 1 to 100",
    parse: (text): number | "off" | undefined => (text === "off" ? text : parseInteger(text, 1, 100)),
  }),
  workers: required({
    group: "Running",
    value: "<number>",
    fallback: "auto",
    what: "How many processes share the port; auto is one for each processor core, at most 4.",
    allowed: `auto, or a whole number from 1 to ${WORKERS_MAX}`,
    parse: (text): number | "auto" | undefined => (text === "auto" ? text : parseInteger(text, 1, WORKERS_MAX)),
  }),
  logFormat: required({
    group: "Running",
    value: "<format>",
    fallback: "auto",
    what: "How log lines look; auto is text on a terminal and json elsewhere.",
    allowed: "auto, json or text",
    parse: (text) => parseChoice(text, ["auto", "json", "text"] as const),
  }),
  logLevel: required({
    group: "Running",
    value: "<level>",
    fallback: "info",
    what: "The least important log lines to write.",
    allowed: "trace, debug, info, warn, error, fatal or silent",
    parse: (text) => parseChoice(text, LOG_LEVELS),
  }),
  shutdownGrace: required({
    group: "Running",
    value: "<time>",
    fallback: "30s",
    what: "How long requests in progress may take to finish after the signal to stop.",
    allowed: "a time from 0s to 1h, such as 30 or 2m",
    parse: (text) => parseDuration(text, 0, 60 * 60),
  }),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The value of each setting; undefined only for those without a default. */
export type SettingValues = { readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never };

/** `publicUrl` → `--public-url`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `publicUrl` → `LONGSHORE_PUBLIC_URL`. */
export function variableOf(name: string): string {
  return `LONGSHORE_${flagOf(name).slice(2).replaceAll("-", "_").toUpperCase()}`;
}

/** The default as people read it. */
export function defaultOf(name: SettingName): string {
  const setting: Setting<unknown> = SETTINGS[name];
  return setting.fallback ?? setting.otherwise ?? "none";
}

function required<T>(setting: Setting<T> & { readonly fallback: string }): Setting<T> {
  return setting;
}

function optional<T>(setting: Omit<Setting<T>, "fallback"> & { readonly otherwise: string }): Setting<T | undefined> {
  return { ...setting, fallback: undefined };
}
