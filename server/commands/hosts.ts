import { isIP } from "node:net";
import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import { parseAccountId, parseRegion } from "../kernel/names.ts";
import type { AccountId, Region } from "../kernel/names.ts";
import { configurationOfProcess, splitArguments } from "./command-line.ts";

const WORDS_MAX = 1_000;

/** `longshore hosts`: prints lines for /etc/hosts. */
export function hosts(args: readonly string[]): void {
  const { switches, words, flags } = splitArguments(args, ["--official"]);
  process.stdout.write(hostsText(configurationOfProcess(flags), { words, official: switches.has("--official") }));
}

/**
 * The names of the registries and of the API of each account in each region that `words` name, else of the configured ones;
 * `official` adds AWS's own names. /etc/hosts knows no wildcards, so that there is one name for each registry.
 */
export function hostsText(
  configuration: Configuration,
  { words, official }: { words: readonly string[]; official: boolean },
): string {
  const { accounts, regions } = parseWords(words);
  const names = regionsOr(regions, configuration).flatMap((region) => [
    ...apiNames(region, configuration.hostSuffix, official),
    ...accountsOr(accounts, configuration).flatMap((account) =>
      registryNames(account, region, configuration.hostSuffix, official),
    ),
  ]);
  const address = reachableAddress(configuration.address);
  const lines = [...new Set(names)].map((name) => `${address.padEnd(15)} ${name}`);
  return ["# Longshore: append to /etc/hosts", ...lines, ""].join("\n");
}

function parseWords(words: readonly string[]): { accounts: AccountId[]; regions: Region[] } {
  if (words.length > WORDS_MAX) throw new UsageError(`These are more than ${WORDS_MAX} accounts and regions.`);
  const accounts: AccountId[] = [];
  const regions: Region[] = [];
  for (const word of words) {
    const [account, region] = [parseAccountId(word), parseRegion(word)];
    if (account !== undefined) accounts.push(account);
    else if (region !== undefined) regions.push(region);
    else throw new UsageError(`"${word}" is neither an account (twelve digits) nor a region (such as eu-central-1).`);
  }
  return { accounts, regions };
}

const accountsOr = (accounts: readonly AccountId[], { account }: Configuration) => (accounts.length === 0 ? [account] : accounts);
const regionsOr = (regions: readonly Region[], { region }: Configuration) => (regions.length === 0 ? [region] : regions);

/** The endpoints of the API, as the AWS clients make them from a region. */
export function apiNames(region: Region, suffix: string, official: boolean): string[] {
  const own = [`api.ecr.${region}.${suffix}`, `sts.${region}.${suffix}`];
  return official ? [...own, `api.ecr.${region}.amazonaws.com`, `ecr.${region}.api.aws`, `sts.${region}.amazonaws.com`] : own;
}

function registryNames(account: AccountId, region: Region, suffix: string, official: boolean): string[] {
  const own = [`${account}.dkr.ecr.${region}.${suffix}`];
  return official ? [...own, `${account}.dkr.ecr.${region}.amazonaws.com`, `${account}.dkr-ecr.${region}.on.aws`] : own;
}

/** The configured address where it is one machine's; all addresses, or a name, mean this machine. */
function reachableAddress(address: string): string {
  return isIP(address) === 0 || address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
}
