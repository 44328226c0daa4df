import { dirname, resolve } from "node:path";
import type { AccountId, Region } from "./kernel/names.ts";
import type { Quotas } from "./kernel/quotas.ts";
import type { EgressAllowance } from "./platform/egress/allowance.ts";
import type { ScrubSettings } from "./layers/scrub/jobs.ts";
import type { IpRange } from "./policies/ip-range.ts";
import { parseArguments } from "./arguments.ts";
import { suggestion } from "./kernel/suggestion.ts";
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from "./settings.ts";
import type { LogLevel, Setting, SettingName, SettingValues } from "./settings.ts";

/** What the server was told, checked whole. Paths are absolute. */
export interface Configuration extends Quotas {
  readonly address: string;
  readonly port: number;
  /** How clients reach us, when that is not what they say in `Host`. */
  readonly publicUrl?: URL;
  /** The domain under which registries have names: `<account>.dkr.ecr.<region>.<suffix>`. */
  readonly hostSuffix: string;
  /** Whose word on where a request comes from is believed. */
  readonly trustedProxies: readonly IpRange[];
  /** PEM files. Absent: plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Where requests of our own may go beyond the public internet. Absent: nowhere. */
  readonly egressAllow?: EgressAllowance;
  readonly data: string;
  /** A postgres:// URL, which holds a password: never print it. Absent: SQLite in the data folder. */
  readonly metadata?: string;
  /** Where the layers of archived images lie. Absent: with the others. */
  readonly archiveData?: string;
  /** Absent: `root.key` in the data folder. */
  readonly rootKeyFile?: string;
  readonly scrub: ScrubSettings;
  readonly account: AccountId;
  readonly region: Region;
  readonly maxRequestSkew_s: number;
  /** Calls a second by operation. Absent: nothing is counted. */
  readonly rates?: ReadonlyMap<string, number>;
  /** Absent: garbage is collected by hand only. */
  readonly gcInterval_s?: number;
  /** Absent: lifecycle policies are carried out only when somebody asks for it. */
  readonly lifecycleInterval_s?: number;
  /** The share of a repository's images, such as 0.25, above which a run of its policy asks first. Absent: it never asks. */
  readonly lifecycleBrake?: number;
  readonly workers: number;
  readonly logFormat: "json" | "text";
  readonly logLevel: LogLevel;
  readonly shutdownGrace_s: number;
}

/** Where configuration comes from, and what its automatic values follow. */
export interface ConfigurationSource {
  /** The flags of the command line, without the command. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
  /** Reads a file as text; throws as `fs.readFileSync` does. */
  readonly readFile: (path: string) => string;
  /** Whether a person watches the output. */
  readonly isTerminal: boolean;
  /** Processor cores that this process may use. */
  readonly cores: number;
}

/** A setting that is wrong. The message is one sentence: which one, from where, what it was and what it may be. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const WORKERS_AUTO_MAX = 4;
const CONFIGURATION_FILE_KEYS_MAX = 1_000;

/** By its variable, everything that can be set for all commands. */
const VARIABLES: ReadonlyMap<string, string> = new Map(
  [...SETTING_NAMES, "config", "debug"].map((name) => [variableOf(name), name]),
);
/** What `longshore heal` reads. */
const VARIABLES_OF_HEAL = ["LONGSHORE_PEER_USER", "LONGSHORE_PEER_PASSWORD"];
/** What Kubernetes tells of a service, by its end. https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables */
const SERVICE_VARIABLE = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

/** A text that was found for a setting, and where. */
interface Found {
  readonly text: string;
  /** Such as `The flag --port`. */
  readonly origin: string;
  /** Relative paths start here. */
  readonly folder: string;
}
type Texts = ReadonlyMap<SettingName, Found>;

/** Reads all settings: a flag wins over a variable, that over the file, that over the default. Throws ConfigurationError. */
export function readConfiguration(source: ConfigurationSource): Configuration {
  const flags = parseArguments(source.args, ["config", ...SETTING_NAMES].map(flagOf));
  const fromFlags = textsFromFlags(flags, source);
  const fromVariables = textsFromVariables(source);
  const file = flags.get("--config") ?? (source.environment["LONGSHORE_CONFIG"] || undefined);
  const fromFile = file === undefined ? new Map<SettingName, Found>() : textsFromFile(resolve(source.folder, file), source);
  const texts: Texts = new Map([...fromFile, ...fromVariables, ...fromFlags]);
  const values = Object.fromEntries(SETTING_NAMES.map((name) => [name, valueOf(name, texts.get(name), source.folder)]));
  return configurationOf(values as SettingValues, texts, source);
}

function textsFromFlags(flags: ReadonlyMap<string, string>, { folder }: ConfigurationSource): Texts {
  const texts = new Map<SettingName, Found>();
  for (const name of SETTING_NAMES) {
    const text = flags.get(flagOf(name));
    if (text !== undefined) texts.set(name, { text, origin: `The flag ${flagOf(name)}`, folder });
  }
  return texts;
}

/** An empty variable is one that is not set: that is how compose files leave one out. */
function textsFromVariables({ environment, folder }: ConfigurationSource): Texts {
  const texts = new Map<SettingName, Found>();
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("LONGSHORE_") || text === undefined || text === "") continue;
    const name = VARIABLES.get(variable);
    if (name === undefined) refuseMisspelt(variable, [...VARIABLES.keys()]);
    else if (isSettingName(name)) texts.set(name, { text, origin: `The variable ${variable}`, folder });
  }
  return texts;
}

/** The names of variables that look like settings and are none. Kubernetes makes some for a service of that name, which do not count. */
export function strangeVariables(environment: ConfigurationSource["environment"]): readonly string[] {
  const known = [...VARIABLES.keys(), ...VARIABLES_OF_HEAL];
  return Object.entries(environment)
    .filter(([name, text]) => name.startsWith("LONGSHORE_") && text !== undefined && text !== "" && !known.includes(name))
    .filter(([name, text = ""]) => !SERVICE_VARIABLE.test(name) && !SERVICE_URL.test(text))
    .map(([name]) => name)
    .toSorted();
}

/** Strange LONGSHORE_ variables are left alone, near misses are not. */
function refuseMisspelt(variable: string, known: readonly string[]): void {
  const nearest = suggestion(variable, known);
  if (nearest !== undefined) throw new ConfigurationError(`There is no variable ${variable}; did you mean ${nearest}?`);
}

function textsFromFile(path: string, { readFile }: ConfigurationSource): Texts {
  const texts = new Map<SettingName, Found>();
  for (const [key, value] of Object.entries(parseFile(path, readFile)).slice(0, CONFIGURATION_FILE_KEYS_MAX)) {
    const origin = `"${key}" in ${path}`;
    if (!isSettingName(key)) {
      const nearest = suggestion(key, SETTING_NAMES);
      const hint = nearest === undefined ? `it may have ${SETTING_NAMES.join(", ")}` : `did you mean "${nearest}"?`;
      throw new ConfigurationError(`There is no setting ${origin}; ${hint}`);
    }
    if (typeof value !== "string" && typeof value !== "number") {
      throw new ConfigurationError(`${origin} must be a text or a number: ${SETTINGS[key].allowed}.`);
    }
    texts.set(key, { text: String(value), origin, folder: dirname(path) });
  }
  return texts;
}

function parseFile(path: string, readFile: (path: string) => string): object {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`The configuration file ${path} cannot be read (${code ?? message}).`, { cause: error });
  }
  const content = parseJson(text, path);
  if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  throw new ConfigurationError(`The configuration file ${path} must hold one JSON object, such as { "port": 4510 }.`);
}

/** What the parser says is kept to itself: it quotes the text, which may hold a password. */
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigurationError(`The configuration file ${path} is not JSON.`);
  }
}

function valueOf(name: SettingName, found: Found | undefined, folder: string): unknown {
  const setting: Setting<unknown> = SETTINGS[name];
  const text = found?.text ?? setting.fallback;
  if (text === undefined) return undefined;
  const value = setting.parse(text);
  if (value === undefined) throw refusal(setting, found?.origin ?? "The default", text);
  return setting.path === true ? resolve(found?.folder ?? folder, value as string) : value;
}

function refusal(setting: Setting<unknown>, origin: string, text: string): ConfigurationError {
  const was = setting.secret === true ? "is not valid" : `is ${JSON.stringify(text)}`;
  const kubernetes = origin.endsWith("LONGSHORE_PORT") && text.startsWith("tcp://");
  const hint = kubernetes ? " (Kubernetes sets it so for a service named longshore; enableServiceLinks: false stops that)" : "";
  return new ConfigurationError(`${origin} ${was}, but it must be ${setting.allowed}${hint}.`);
}

function configurationOf(values: SettingValues, texts: Texts, source: ConfigurationSource): Configuration {
  const tls = tlsOf(values, texts);
  return {
    address: values.address,
    port: values.port,
    ...(values.publicUrl !== undefined && { publicUrl: values.publicUrl }),
    hostSuffix: values.hostSuffix,
    trustedProxies: values.trustedProxies,
    ...(tls !== undefined && { tls }),
    ...(values.egressAllow !== undefined && { egressAllow: values.egressAllow }),
    data: values.data,
    ...(values.metadata !== undefined && { metadata: values.metadata }),
    ...(values.archiveData !== undefined && { archiveData: values.archiveData }),
    ...(values.rootKeyFile !== undefined && { rootKeyFile: values.rootKeyFile }),
    scrub: scrubOf(values),
    account: values.account,
    region: values.region,
    maxRequestSkew_s: values.maxSkew,
    uploadLifetime_s: values.uploadLifetime,
    undoWindow_s: values.undoWindow,
    deletionRecords_s: deletionRecordsOf(values),
    inUseWindow_s: values.inUseWindow,
    layerSizeBytesMax: values.maxLayerSize,
    repositoriesMax: values.maxRepositories,
    imagesMax: values.maxImages,
    tagsPerImageMax: values.maxTagsPerImage,
    pullThroughRulesMax: values.maxPullThroughRules,
    ...(values.rates !== undefined && { rates: values.rates }),
    ...(values.gcInterval !== "off" && { gcInterval_s: values.gcInterval }),
    ...lifecycleOf(values),
    workers: values.workers === "auto" ? Math.min(source.cores, WORKERS_AUTO_MAX) : values.workers,
    logFormat: values.logFormat === "auto" ? (source.isTerminal ? "text" : "json") : values.logFormat,
    logLevel: values.logLevel,
    shutdownGrace_s: values.shutdownGrace,
  };
}

/** Throws ConfigurationError for records that would go before what they are about. */
function deletionRecordsOf({ undoWindow, deletionRecords }: SettingValues): number {
  if (deletionRecords >= undoWindow) return deletionRecords;
  throw new ConfigurationError(
    `${flagOf("deletionRecords")} (${variableOf("deletionRecords")}) is shorter than ${flagOf("undoWindow")}: ` +
      "what can be brought back has to be on record.",
  );
}

function scrubOf({ scrubWithin, scrubRate }: SettingValues): ScrubSettings {
  return { within_s: scrubWithin === "off" ? undefined : scrubWithin, rate_bytes: scrubRate };
}

function lifecycleOf({ lifecycleInterval, lifecycleBrake }: SettingValues) {
  return {
    ...(lifecycleInterval !== "off" && { lifecycleInterval_s: lifecycleInterval }),
    ...(lifecycleBrake !== "off" && { lifecycleBrake: lifecycleBrake / 100 }),
  };
}

function tlsOf(values: SettingValues, texts: Texts): { certificate: string; key: string } | undefined {
  const { tlsCertificate: certificate, tlsKey: key } = values;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate === undefined && key === undefined) return undefined;
  const [given, missing]: [SettingName, SettingName] =
    key === undefined ? ["tlsCertificate", "tlsKey"] : ["tlsKey", "tlsCertificate"];
  throw new ConfigurationError(
    `${texts.get(given)?.origin} is set, but TLS needs ${flagOf(missing)} (${variableOf(missing)}) too.`,
  );
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}
