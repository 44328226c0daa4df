import { type RegistryId, type RepositoryName, repositoryArn } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { EventRow } from "../../platform/metadata/space-schema.ts";
import type { Wanted } from "./latest-runs.ts";

const PAGE_ROWS = 200;
/** Sorts behind every id. */
const BEHIND_ALL = "~";

const executionsBefore = query<{ account: string; region: string; before: string; limit: number }>()((db, p) =>
  db
    .selectFrom("events")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("kind", "=", "PolicyExecutionEvent")
    .where("id", "<", p.before)
    .orderBy("id", "desc")
    .limit(p.limit),
);

type Details = Readonly<Record<string, unknown>> & { readonly repositoryName: RepositoryName };

/** The latest events of runs, the newest first, as CloudTrail shows them. For commands. */
export async function latestEvents(metadata: Metadata, registry: RegistryId, wanted: Wanted): Promise<readonly object[]> {
  const events: object[] = [];
  for (let before = BEHIND_ALL; ; ) {
    const of = { ...registry, before, limit: PAGE_ROWS };
    const rows = await metadata.read(registry, (tx) => tx.all(executionsBefore, of));
    for (const row of rows) {
      const details = JSON.parse(row.detail) as Details;
      if ((wanted.repositoryName ?? details.repositoryName) !== details.repositoryName) continue;
      if (events.push(viewEvent(registry, row, details)) === wanted.limit) return events;
    }
    if (rows.length < PAGE_ROWS) return events;
    before = rows.at(-1)?.id ?? "";
  }
}

/** ECR: the record of an event that no request has caused. (user guide, CloudTrail, example of a lifecycle policy) */
function viewEvent(registry: RegistryId, { id, kind, at_ms }: EventRow, serviceEventDetails: Details): object {
  const { account: accountId, region: awsRegion } = registry;
  const ARN = repositoryArn(registry, serviceEventDetails.repositoryName);
  return {
    eventVersion: "1.05",
    userIdentity: { accountId, invokedBy: "AWS Internal" },
    eventTime: new Date(at_ms).toISOString().replace(/\.\d+Z$/, "Z"),
    eventSource: "ecr.amazonaws.com",
    eventName: kind,
    awsRegion,
    sourceIPAddress: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    eventID: id,
    readOnly: true,
    resources: [{ ARN, accountId, type: "AWS::ECR::Repository" }],
    eventType: "AwsServiceEvent",
    recipientAccountId: accountId,
    serviceEventDetails,
  };
}
