import assert from "node:assert/strict";
import type { Ask } from "../../server/kernel/operation.ts";
import { repositoryArn } from "../../server/kernel/names.ts";
import { testCall, testRegistry } from "../../server/testing/call.ts";
import { openTestDecisions, otherRegistry, type TestDecisions } from "../../server/testing/decisions.ts";
import { below, median, type Row } from "../row.ts";

const CPU_US = 20;
const DECISIONS = 20_000;
const DECISIONS_QUICK = 2_000;
/** The first of them reads and compiles, and is not counted. */
const TURNS = 5;
const OWN_POLICIES = 8;
const AWS_POLICIES = ["AmazonEC2ContainerRegistryPowerUser", "AmazonEC2ContainerRegistryReadOnly"];
const app = repositoryArn(testRegistry, "app");

/** What it costs to decide for somebody with ten policies, all of which are in memory and compiled. It is measured in this process. */
export const decisions: Row = {
  name: "decision",
  work: "May a user with ten policies do this?",
  figures: [
    { unit: "µs CPU, allowed", target: below(CPU_US) },
    { unit: "µs CPU, denied", target: below(CPU_US) },
  ],
  start: { storage: "memory" },
  alone: true,
  rounds: 1,
  async measure(_peer, { quick }) {
    await using at = await openTestDecisions();
    const count = quick ? DECISIONS_QUICK : DECISIONS;
    const decide = await arrange(at);
    return [
      await measureDecision(decide, "ecr:BatchGetImage", true, count),
      await measureDecision(decide, "ecr:DeleteRepository", false, count),
    ];
  },
};

type Decide = (ask: Ask) => Promise<{ readonly allowed: boolean }>;

async function arrange({ add, iam, setRepositoryPolicy, authorizer }: TestDecisions): Promise<Decide> {
  const principal = await add("user", "ann");
  const attach = (PolicyArn: string) => iam.call("AttachUserPolicy", { UserName: "ann", PolicyArn });
  for (let number = 0; number < OWN_POLICIES; number++) {
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements(number) });
    const { Policy } = await iam.call("CreatePolicy", { PolicyName: `team-${number}`, PolicyDocument });
    await attach(Policy.Arn);
  }
  for (const name of AWS_POLICIES) await attach(`arn:aws:iam::aws:policy/${name}`);
  const Principal = { AWS: `arn:aws:iam::${otherRegistry.account}:root` };
  await setRepositoryPolicy(testRegistry, "app", { Principal, Action: "ecr:BatchGetImage" });
  const call = testCall({ principal });
  return (ask) => authorizer.decide(call, ask);
}

/** Two thousand characters, as those who look after many teams write them. */
function statements(team: number): readonly object[] {
  const others = Array.from(
    { length: 40 },
    (_, at) => `ec2:${["Describe", "List", "Get", "Put"][at % 4]}Thing${at}${at % 5 === 0 ? "*" : ""}`,
  );
  const services = Array.from({ length: 8 }, (_, at) => repositoryArn(testRegistry, `team-${team}/service-${at}-*`));
  const pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability", "ecr:Describe*"];
  const fromOffice = {
    IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"] },
    StringLike: { "aws:UserAgent": "docker/*" },
  };
  const ofOthers = { StringNotEquals: { "aws:PrincipalTag/role": "admin" } };
  return [
    { Effect: "Allow", Action: others, Resource: "*" },
    { Effect: "Allow", Action: pull, Resource: services, Condition: { StringEquals: { "aws:PrincipalTag/team": `${team}` } } },
    { Effect: "Allow", Action: "ecr:*", Resource: repositoryArn(testRegistry, `team-${team}-*`), Condition: fromOffice },
    { Effect: "Deny", Action: ["ecr:Delete*", "ecr:SetRepositoryPolicy"], Resource: "*", Condition: ofOthers },
  ];
}

async function measureDecision(decide: Decide, action: string, isAllowed: boolean, count: number): Promise<number> {
  const turns: number[] = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const before = process.cpuUsage();
    for (let done = 0; done < count; done++) {
      const { allowed } = await decide({ action, resource: app });
      assert.equal(allowed, isAllowed);
    }
    const { user, system } = process.cpuUsage(before);
    if (turn > 0) turns.push((user + system) / count);
  }
  return median(turns);
}
