import { addEntity, entityArn } from "../../server/iam/entities.ts";
import { sealSecret, insertAccessKey } from "../../server/identity/access-keys.ts";
import type { Principal } from "../../server/kernel/call.ts";
import type { AccountId } from "../../server/kernel/names.ts";
import type { IamEntityRow } from "../../server/platform/metadata/iam-schema.ts";
import type { TestIdentity } from "../../server/testing/identity.ts";

/** A user of an account, with an access key. */
export interface Person {
  readonly entity: IamEntityRow;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  readonly principal: Principal;
}

/** Makes a user of an account who has a key of this id, and no policy. */
export async function addPerson(
  { metadata, sealer }: Pick<TestIdentity, "metadata" | "sealer">,
  account: AccountId,
  { name, keyId: accessKeyId }: { readonly name: string; readonly keyId: string },
): Promise<Person> {
  const key = { accessKeyId, secretAccessKey: `${name} has a secret` };
  const entity = await metadata.writeGlobal(async (tx) => {
    const row = await addEntity(tx, account, { kind: "user", name, path: "/" }, 0);
    const sealed = sealSecret(sealer, key);
    await tx.run(insertAccessKey, { id: accessKeyId, account, principal: row.id, sealed, created_ms: 0 });
    return row;
  });
  const of = { account, arn: entityArn(entity), userId: entity.id, entityId: entity.id };
  return { entity, key, principal: { type: "user", ...of, userName: name, accessKeyId } };
}
