import type { Call } from "../../kernel/call.ts";
import { invalidParameter } from "../../kernel/errors.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { AccountSettingRow } from "../../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../deps.ts";

/**
 * What an account can set in a region, each with the values that it may have, the one that it has before anybody sets it first.
 * ECR: REGISTRY_POLICY_SCOPE takes V1 too, and CLAIR went in February 2026. (user guide, registry policy scope; API reference,
 * PutAccountSetting). ECR mounts no layers before it is told to; we always did, and a setting that nobody made changes nothing.
 */
const SETTINGS = {
  BASIC_SCAN_TYPE_VERSION: ["AWS_NATIVE"],
  REGISTRY_POLICY_SCOPE: ["V2", "V1"],
  BLOB_MOUNTING: ["ENABLED", "DISABLED"],
} as const;

type Settings = typeof SETTINGS;
export type AccountSettingName = keyof Settings;
export interface AccountSetting {
  readonly name: string;
  readonly value: string;
}

const settingByName = query<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom("account_settings")
    .select("value")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("name", "=", p.name),
);

const upsertSetting = query<AccountSettingRow>()((db, p) =>
  db
    .insertInto("account_settings")
    .values({ account: p.account, region: p.region, name: p.name, value: p.value })
    .onConflict((it) => it.columns(["account", "region", "name"]).doUpdateSet({ value: p.value })),
);

/** What the registry that is open has set, or what holds where nothing is set. */
export async function readAccountSetting<Name extends AccountSettingName>(
  tx: Reader,
  name: Name,
): Promise<Settings[Name][number]> {
  const row = await tx.first(settingByName, { ...tx.registry, name });
  const values: readonly Settings[Name][number][] = SETTINGS[name];
  // A value that a later version no longer knows is as good as none.
  return values.find((it) => it === row?.value) ?? SETTINGS[name][0];
}

/** GetAccountSetting. Throws InvalidParameterException for a name that there is not. */
export async function getAccountSetting(
  deps: RepositoryDeps,
  call: Call,
  input: { readonly name: string },
): Promise<AccountSetting> {
  const name = parseName(input.name);
  return { name, value: await deps.metadata.read(call.registry, (tx) => readAccountSetting(tx, name)) };
}

/** PutAccountSetting. Throws InvalidParameterException for a name that there is not, or a value that it cannot have. */
export async function putAccountSetting(deps: RepositoryDeps, call: Call, input: AccountSetting): Promise<AccountSetting> {
  const name = parseName(input.name);
  const values: readonly string[] = SETTINGS[name];
  if (!values.includes(input.value)) throw notAmong("value", values);
  const { value } = input;
  await deps.metadata.write(call.registry, (tx) => {
    tx.noteRuleChange();
    return tx.run(upsertSetting, { ...tx.registry, name, value });
  });
  return { name, value };
}

function parseName(text: string): AccountSettingName {
  if (Object.hasOwn(SETTINGS, text)) return text as AccountSettingName;
  throw notAmong("name", Object.keys(SETTINGS));
}

function notAmong(path: string, values: readonly string[]): Error {
  return invalidParameter(path, `Member must satisfy enum value set: [${values.join(", ")}]`);
}
