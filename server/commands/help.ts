import { readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../arguments.ts";
import { suggestion } from "../kernel/suggestion.ts";
import { defaultOf, flagOf, SETTING_NAMES, SETTINGS, variableOf } from "../settings.ts";
import type { Setting, SettingName } from "../settings.ts";

const WIDTH = 100;
const FLAG_WIDTH = 26;

const USAGE = `Longshore, a container registry that speaks Amazon ECR.

Usage
  longshore [serve] [flags]           Runs the registry until Ctrl-C.
  longshore env [flags]               Prints credentials and endpoint for a shell: eval "$(longshore env)"
  longshore hosts [account | region ...] [--official] [flags]
                                      Prints lines for /etc/hosts.
  longshore tls init [name ...] [--official] [--force] [flags]
                                      Makes a private certificate authority and a certificate.
  longshore account create [--id <digits>] [--alias <name>] [--unit <path>] [--print] [flags]
                                      Makes an account with a root user.
  longshore account list [flags]      Prints the accounts, and where in the organisation they are.
  longshore account move <account> --unit <path> [flags]
                                      Puts an account into a unit of the organisation.
  longshore account rotate <account> [--print] [flags]
                                      Makes a new access key for a root user; older ones are over.
  longshore account revoke-sessions <arn | role/<name> | user/<name>> [--of <account>] [flags]
                                      Ends all sessions of a role or a user that have begun so far.
  longshore token create <name> [--for <arn>] [--days <number>] [--scope <policy file>] [flags]
                                      Makes a long-lived password for docker login.
  longshore token list [--of <account>] [flags]
                                      Prints an account's tokens.
  longshore token delete <id> [--of <account>] [flags]
                                      Takes a token back.
  longshore explain <request id> [--json] [flags]
                                      Tells why a request was denied.
  longshore explain --recent [flags]  Prints the last requests that were denied.
  longshore explain --principal <arn> --action <action> --resource <arn> [--context <key>=<value> ...]
                                      Tells how a request would be decided now, and why.
  longshore gc [--dry-run | --status] [--json] [flags]
                                      Collects garbage now; or tells what it would delete, or did last.
  longshore oidc keys <issuer> (--file <key set> | --published) [--of <account>] [flags]
                                      Gives the keys of an OIDC issuer that cannot be asked.
  longshore policy check <file> [--as identity | repository | registry | trust | scp | boundary] [flags]
                                      Tells what is wrong with a policy document.
  longshore policy who-can <action> <resource> [--all] [--context <key>=<value> ...] [flags]
                                      Prints who may perform an action.
  longshore policy what-can <principal> [resource] [--context <key>=<value> ...] [flags]
                                      Prints what somebody may do.
  longshore deletions [repository] [--kind image | tag | repository] [--image <digest>] [--count <number>]
                      [--of <account>] [--json] [flags]
                                      Prints what was deleted, by whom, why, and how it comes back.
  longshore deletions purge (<repository> | --all) [--of <account>] [flags]
                                      Makes deletions final now, so that their bytes can go.
  longshore undo <deletion id> ... [--overwrite-tags] [--of <account>] [flags]
                                      Brings back images, tags and repositories that were deleted.
  longshore undo (--repository <name> | <deletion id>) [--as <name>] [--of <account>] [flags]
                                      Brings back a repository, under another name if need be.
  longshore undo --run <id> [--of <account>] [flags]
                                      Brings back what a run of a lifecycle policy has deleted.
  longshore scrub [--continue | --status] [--json] [flags]
                                      Verifies all stored layers now; or tells how far that is.
  longshore fsck [--repair] [--read-bytes] [--json] [flags]
                                      Tells what is wrong with what is stored, and puts it right.
  longshore heal --from <url> [--password-stdin] [--json] [flags]
                                      Gets damaged layers from another registry; its password is
                                      LONGSHORE_PEER_PASSWORD, its user AWS or LONGSHORE_PEER_USER.
  longshore in-use report --cluster <name> --endpoint <url> [--region <name>] [--registry-id <id>]
                          [--json] [reference ...]
                                      Tells a server, signed with AWS credentials, which images
                                      a cluster runs; without references it reads them, one a line.
  longshore usage [repository [image ...]] [--of <account>] [--json] [flags]
                                      Prints what repositories take, or images and what deleting
                                      them frees; an image is a tag or a digest.
  longshore lifecycle run [repository ...] [--json] [flags]
                                      Carries lifecycle policies out now, and waits for that.
  longshore lifecycle runs [repository] [--json | --events] [flags]
                                      Prints what lifecycle policies did, and what waits to be approved.
  longshore lifecycle approve <repository> [run] [flags]
                                      Lets a run go on that would remove very many images.
  longshore lifecycle explain <repository> [digest | tag] [--json] [flags]
                                      Tells what will happen to each image, and why others went.
  longshore --help, --version
`;

const PRECEDENCE = `Every flag is also a variable (LONGSHORE_PUBLIC_URL for --public-url) and a key of a JSON file
("publicUrl") that --config or LONGSHORE_CONFIG names. A flag wins over a variable, a variable over the
file, the file over the default. With npm, flags stand behind two dashes: npm start -- --port 4600
`;

/** `longshore --help`. */
export function help(): void {
  process.stdout.write(helpText());
}

/** `longshore --version`. */
export function version(): void {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8");
  process.stdout.write(`${(JSON.parse(text) as { version: string }).version}\n`);
}

/** Throws UsageError for a word that is no command. */
export function refuseCommand(word: string, commands: readonly string[]): never {
  const nearest = suggestion(word, commands);
  const hint = nearest === undefined ? "longshore --help lists them." : `did you mean ${nearest}?`;
  throw new UsageError(`There is no command ${word}; ${hint}`);
}

export function helpText(): string {
  const groups = [...new Set(SETTING_NAMES.map((name) => SETTINGS[name].group))];
  const sections = groups.map((group) => {
    const names = SETTING_NAMES.filter((name) => SETTINGS[name].group === group);
    return `${group}\n${names.map(describe).join("")}`;
  });
  return [USAGE, ...sections, PRECEDENCE].join("\n");
}

function describe(name: SettingName): string {
  const { value, what }: Setting<unknown> = SETTINGS[name];
  const flag = `${flagOf(name)} ${value}`.padEnd(FLAG_WIDTH);
  const [first = "", ...others] = wrap(`${what} [${defaultOf(name)}]`, WIDTH - FLAG_WIDTH - 4);
  const indent = " ".repeat(FLAG_WIDTH + 4);
  return [`  ${flag}  ${first}`, ...others.map((line) => `${indent}${line}`), ""].join("\n");
}

/** The lines of a text, broken between words. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** The table of docs/configuration.md. */
export function configurationTable(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { what, allowed }: Setting<unknown> = SETTINGS[name];
    const names = `\`${flagOf(name)}\`<br>\`${variableOf(name)}\`<br>\`${name}\``;
    const { fallback }: Setting<unknown> = SETTINGS[name];
    return `| ${names} | ${what.replaceAll("<", "\\<")} | ${allowed} | ${fallback === undefined ? defaultOf(name) : `\`${fallback}\``} |`;
  });
  return ["| Flag, variable, key | What it is | What it may be | Default |", "|---|---|---|---|", ...rows, ""].join("\n");
}
