import assert from "node:assert/strict";
import { test } from "node:test";
import { testRegistry } from "../../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image } from "../../testing/image.ts";
import { DAY_MS, run } from "../../testing/lifecycle.ts";
import type { InRepository } from "../shapes.ts";
import { latestEvents } from "./latest-events.ts";
import { latestRuns } from "./latest-runs.ts";

const selection = { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 1 };
const POLICY = JSON.stringify({ rules: [{ rulePriority: 1, description: "untagged", selection, action: { type: "expire" } }] });

async function fill(ecr: TestEcr, repositoryName: string): Promise<string> {
  await ecr.call("CreateRepository", { repositoryName });
  await ecr.call("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText: POLICY });
  const pushed = image();
  await pushImage(ecr, repositoryName, pushed);
  ecr.clock.advance(2 * DAY_MS);
  return pushed.digest;
}

const nameOf = (name: string) => name as InRepository["repositoryName"];

test("the latest runs are shown with all that are held, however many came after them", async () => {
  await using ecr = await openTestEcr();
  for (const name of ["held", "a", "b"].map((it) => `team/${it}`)) {
    await fill(ecr, name);
    await run(ecr, name, { lifecycleBrake: name === "team/held" ? 0.25 : undefined });
  }
  const shown = await latestRuns(ecr.metadata, testRegistry, { repositoryName: undefined, limit: 1 });
  assert.deepEqual(
    shown.map((it) => [it.repositoryName, it.status]),
    [
      ["team/b", "COMPLETE"],
      ["team/held", "HELD"],
    ],
  );
});

test("events are shown as CloudTrail shows them, of one repository those that lie far back too", async () => {
  await using ecr = await openTestEcr();
  const digest = await fill(ecr, "team/app");
  const at = new Date(ecr.clock.now());
  await run(ecr, "team/app");
  await fill(ecr, "team/web");
  await run(ecr, "team/web");
  const of = { repositoryName: nameOf("team/app"), limit: 1 };
  const [event, ...others] = (await latestEvents(ecr.metadata, testRegistry, of)) as any[];
  assert.equal(others.length, 0);
  const { eventID, serviceEventDetails, ...rest } = event;
  assert.match(eventID, /^[0-9a-z]+$/);
  assert.equal(serviceEventDetails.lifecycleEventImageActions[0].lifecycleEventImage.digest, digest);
  assert.deepEqual(rest, {
    eventVersion: "1.05",
    userIdentity: { accountId: "000000000000", invokedBy: "AWS Internal" },
    eventTime: at.toISOString().replace(/\.\d+/, ""),
    eventSource: "ecr.amazonaws.com",
    eventName: "PolicyExecutionEvent",
    awsRegion: "us-east-1",
    sourceIPAddress: "AWS Internal",
    userAgent: "AWS Internal",
    requestParameters: null,
    responseElements: null,
    readOnly: true,
    resources: [
      {
        ARN: "arn:aws:ecr:us-east-1:000000000000:repository/team/app",
        accountId: "000000000000",
        type: "AWS::ECR::Repository",
      },
    ],
    eventType: "AwsServiceEvent",
    recipientAccountId: "000000000000",
  });
});
