import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type AccessKey, sealSecret } from "../identity/access-keys.ts";
import { createIdentity, type Identity } from "../identity/identity.ts";
import { type UseRecorder, recordUses } from "../identity/record-uses.ts";
import { createSealer, type Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { fakeClock } from "./fake-clock.ts";
import { openTestMetadata } from "./metadata.ts";
import { addAccountRow } from "./rows.ts";

/** The key of AWS's own documentation. */
export const exampleKey: AccessKey = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

const deleteAccount = query<{ account: string }>()((db, p) => db.deleteFrom("accounts").where("account", "=", p.account));
const insertKey = query<{ id: string; account: string; sealed: Uint8Array }>()((db, p) =>
  db.insertInto("access_keys").values({
    access_key_id: p.id,
    account: p.account,
    principal_id: p.account,
    secret_sealed: p.sealed,
    status: "Active",
    created_ms: 0,
  }),
);
const setStatus = query<{ id: string; status: string }>()((db, p) =>
  db.updateTable("access_keys").set({ status: p.status }).where("access_key_id", "=", p.id),
);

/** Identity over metadata of its own, with one account that has one access key. */
export interface TestIdentity extends AsyncDisposable {
  readonly identity: Identity;
  readonly uses: UseRecorder;
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly clock: ReturnType<typeof fakeClock>;
  setKeyStatus(status: "Active" | "Inactive"): Promise<void>;
  removeAccount(): Promise<void>;
}

/** `watch` stands between the database and whoever asks it on behalf of a request. */
export async function openTestIdentity({
  account = "000000000000",
  key = exampleKey,
  start_ms = Date.UTC(2026, 10, 20, 20, 32, 33),
  watch = (it: Metadata): Metadata => it,
} = {}): Promise<TestIdentity> {
  const clock = fakeClock(start_ms);
  const stored = await openTestMetadata(clock);
  const metadata = watch(stored);
  const sealer = createSealer(randomBytes(32));
  await metadata.writeGlobal(async (tx) => {
    await addAccountRow(tx, account);
    await tx.run(insertKey, { id: key.accessKeyId, account, sealed: sealSecret(sealer, key) });
  });
  const uses = recordUses({ metadata: stored, clock, onError: assert.ifError });
  return {
    identity: createIdentity({ metadata, sealer, clock, skew_s: 300, uses }),
    uses,
    metadata,
    sealer,
    clock,
    setKeyStatus: async (status) => {
      await metadata.writeGlobal((tx) => tx.run(setStatus, { id: key.accessKeyId, status }));
    },
    removeAccount: async () => {
      await metadata.writeGlobal((tx) => tx.run(deleteAccount, { account }));
    },
    async [Symbol.asyncDispose]() {
      await uses[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
    },
  };
}
