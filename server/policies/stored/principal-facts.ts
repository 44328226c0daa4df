import type { Principal } from "../../kernel/call.ts";
import { PRINCIPALS_KEPT_MAX } from "../../kernel/limits.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import type { Metadata, Reader } from "../../platform/metadata/metadata.ts";
import type { Moments } from "../../platform/metadata/moments.ts";
import { query } from "../../platform/metadata/query.ts";
import type { CompiledPolicy } from "../compile.ts";
import { awsManagedPolicy } from "../managed/aws-managed-policies.ts";
import type { ControlPolicies } from "../policy-sets.ts";
import type { CompiledTexts } from "./compiled-texts.ts";
import { createKept, type Kept, type Sized } from "./kept.ts";
import { controlsOf, type Membership, type MembershipReader } from "./organisation.ts";

type GlobalReader = Omit<Reader, "registry">;

/** What is stored of a principal that decides what it may do. */
export interface PrincipalFacts extends Sized {
  /** How often the account's principals and policies had been changed when this was read. */
  readonly changes: number;
  /** Its own policies and those of its groups. */
  readonly identity: readonly CompiledPolicy[];
  readonly boundary: CompiledPolicy | undefined;
  /** By key in lower case. */
  readonly tags: ReadonlyMap<string, string>;
  readonly membership: Membership | undefined;
  readonly serviceControl: ControlPolicies | undefined;
}

interface PrincipalFactsDeps {
  readonly metadata: Metadata;
  readonly moments: Moments;
  readonly compiled: CompiledTexts;
  readonly membershipOf: MembershipReader;
}

const changesOf = query<{ account: string }>()((db, p) =>
  db.selectFrom("access_changes").select("number").where("account", "=", p.account),
);
const boundaryOf = query<{ id: string }>()((db, p) =>
  db.selectFrom("iam_entities").select("boundary_arn").where("id", "=", p.id),
);
const groupsOf = query<{ id: string }>()((db, p) =>
  db.selectFrom("group_members").select("group_id").where("user_id", "=", p.id),
);
const inlineOf = query<{ ids: string }>()((db, p, dialect) =>
  db.selectFrom("inline_policies").select(["entity_id", "name", "text"]).where("entity_id", "in", inList(dialect, p.ids)),
);
const attachedTo = query<{ ids: string }>()((db, p, dialect) =>
  db.selectFrom("policy_attachments").select("policy_arn").where("entity_id", "in", inList(dialect, p.ids)),
);
const textsOf = query<{ arns: string }>()((db, p, dialect) =>
  db
    .selectFrom("managed_policies")
    .innerJoin("policy_versions", (join) =>
      join
        .onRef("policy_versions.policy_id", "=", "managed_policies.id")
        .onRef("policy_versions.version", "=", "managed_policies.default_version"),
    )
    .select(["managed_policies.arn", "policy_versions.text"])
    .where("managed_policies.arn", "in", inList(dialect, p.arns)),
);
const tagsOf = query<{ id: string }>()((db, p) =>
  db.selectFrom("iam_tags").select(["key_folded", "value"]).where("resource", "=", p.id),
);

/** What is stored of each principal; of the root user of an account there are no policies. */
export function createPrincipalFacts(deps: PrincipalFactsDeps): Kept<Principal, PrincipalFacts> {
  const { metadata, moments } = deps;
  return createKept<Principal, PrincipalFacts>({
    moments,
    entries_max: PRINCIPALS_KEPT_MAX,
    keyOf: ({ account, entityId }) => `${account} ${entityId}`,
    read: (principal, known) =>
      metadata.readGlobal(async (tx) => {
        const changes = (await tx.first(changesOf, principal))?.number ?? 0;
        return changes === known?.changes ? known : readFacts(deps, tx, principal, changes);
      }),
  });
}

async function readFacts(
  deps: PrincipalFactsDeps,
  tx: GlobalReader,
  { account, entityId: id }: Principal,
  changes: number,
): Promise<PrincipalFacts> {
  const membership = await deps.membershipOf(tx, account);
  const serviceControl = controlsOf(membership, deps.compiled);
  if (id === account) {
    return { length: 0, changes, identity: [], boundary: undefined, tags: new Map(), membership, serviceControl };
  }
  const tags = new Map((await tx.all(tagsOf, { id })).map((it) => [it.key_folded, it.value]));
  const boundaryArn = (await tx.first(boundaryOf, { id }))?.boundary_arn ?? undefined;
  const boundary = boundaryArn === undefined ? undefined : await readBoundary(deps, tx, boundaryArn);
  return { changes, ...(await readIdentity(deps, tx, id)), boundary, tags, membership, serviceControl };
}

async function readIdentity(
  deps: PrincipalFactsDeps,
  tx: GlobalReader,
  id: string,
): Promise<Pick<PrincipalFacts, "identity" | "length">> {
  const groups = await tx.all(groupsOf, { id });
  const ids = JSON.stringify([id, ...groups.map((it) => it.group_id)]);
  const inline = await tx.all(inlineOf, { ids });
  const attached = await tx.all(attachedTo, { ids });
  const managed = await readManaged(tx, [...new Set(attached.map((it) => it.policy_arn))]);
  const texts = [...inline, ...managed.map(({ arn: name, text }) => ({ name, text }))];
  return {
    identity: texts.map(({ name, text }) => deps.compiled.of({ type: "identity", name, text })),
    length: texts.reduce((length, { text }) => length + text.length, 0),
  };
}

/** A boundary that is not there any more allows nothing. */
async function readBoundary(deps: PrincipalFactsDeps, tx: GlobalReader, arn: string): Promise<CompiledPolicy> {
  const [found] = await readManaged(tx, [arn]);
  const text = found?.text ?? JSON.stringify(DENY_ALL);
  return deps.compiled.of({ type: "permissions-boundary", name: arn, text });
}

const DENY_ALL = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] };

/** The default versions of managed policies, an account's own and AWS's. */
export async function readManaged(
  tx: GlobalReader,
  arns: readonly string[],
): Promise<readonly { readonly arn: string; readonly text: string }[]> {
  if (arns.length === 0) return [];
  const own = await tx.all(textsOf, { arns: JSON.stringify(arns) });
  const published = arns.flatMap((arn) => {
    const policy = awsManagedPolicy(arn);
    return policy === undefined ? [] : [{ arn, text: policy.text }];
  });
  return [...own, ...published];
}
