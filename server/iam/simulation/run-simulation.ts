import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Call, Principal } from "../../kernel/call.ts";
import { type AccountId, type Arn, parseAccountId } from "../../kernel/names.ts";
import { PAGE_SIZE_DEFAULT, SIMULATED_DECISIONS_MAX, SIMULATED_WORK_LENGTH_MAX } from "../../kernel/limits.ts";
import { parsePrincipal } from "../../policies/principal.ts";
import type { IamDeps } from "../deps.ts";
import { listPage } from "../pages.ts";
import { accountOfArn } from "../shapes.ts";
import type { SimulateInput } from "./inputs.ts";
import { createScenario, type Scenario } from "./scenario.ts";
import { simulate, type SimulatedDecision } from "./simulate.ts";
import { invalidInput } from "./simulated-policy.ts";
import type { SimulatedPrincipal } from "./simulated-principal.ts";
import { viewResult } from "./view-result.ts";

/** `service:Action`, which is the name of one: patterns are for policies. */
const ACTION = /^[A-Za-z0-9.-]+:[A-Za-z0-9]+$/;

/** Simulates a page of actions on all of the resources. Throws InvalidInputException, and as listPage does. */
export async function runSimulation(
  deps: IamDeps,
  call: Call,
  input: SimulateInput,
  stored: Pick<SimulatedPrincipal, "principal"> & Partial<SimulatedPrincipal>,
): Promise<object> {
  const invalid = input.ActionNames.find((it) => !ACTION.test(it));
  if (invalid !== undefined) throw invalidInput(`Invalid Action Name: ${invalid}`);
  const resources = input.ResourceArns ?? ["*"];
  const asked = { ...stored, principal: callerOf(input, stored.principal) };
  const resourceOwner = ownerOf(input) ?? asked.principal.account;
  const scenario = createScenario(asked, input, { resourceOwner, now_ms: deps.clock.now() });

  const { Marker, MaxItems = PAGE_SIZE_DEFAULT, ...rest } = input;
  const size = Math.max(1, Math.min(MaxItems, Math.floor(decisionsPerPage(scenario) / Math.max(1, resources.length))));
  const actions = input.ActionNames.map((name, index) => ({ name, index }));
  const { rows, page } = await listPage(
    deps,
    call,
    { MaxItems: size, ...(Marker === undefined ? {} : { Marker }) },
    {
      scope: [
        "simulation",
        createHash("sha256")
          .update(JSON.stringify([asked.principal.arn, rest]))
          .digest("hex"),
      ],
      list: async (after = "-1", limit) => actions.slice(Number(after) + 1, Number(after) + 1 + limit),
      keyOf: ({ index }) => String(index),
    },
  );
  const results: object[] = [];
  for (const { name } of rows) {
    const decisions: SimulatedDecision[] = [];
    for (const resource of resources) {
      decisions.push(simulate(scenario, name, resource));
      // Others have their turn: policies may be many and long.
      await setImmediate();
    }
    results.push(viewResult(name, input.ResourceArns, decisions));
  }
  return { EvaluationResults: results, ...page };
}

/** So many that the work of a page has a bound, whatever the policies are. */
function decisionsPerPage({ sources }: Scenario): number {
  const length = sources.values().reduce((sum, it) => sum + it.text.length, 1);
  return Math.min(SIMULATED_DECISIONS_MAX, Math.floor(SIMULATED_WORK_LENGTH_MAX / length));
}

/** IAM: a caller other than whose policies are simulated is a user. (API reference, CallerArn) */
function callerOf({ CallerArn, ResourcePolicy }: SimulateInput, principal: Principal): Principal {
  if (CallerArn === undefined) {
    if (ResourcePolicy === undefined || principal.type === "user") return principal;
    throw invalidInput("CallerArn is needed with a ResourcePolicy, unless the policies are those of a user.");
  }
  const parsed = parsePrincipal("AWS", CallerArn);
  if (parsed.kind !== "user") throw invalidInput(`Invalid CallerArn: ${CallerArn} is not the ARN of a user.`);
  if (CallerArn === principal.arn) return principal;
  const userName = CallerArn.slice(CallerArn.lastIndexOf("/") + 1);
  // Nobody has this id: a policy that holds somebody by another does not mean this one.
  return { type: "user", account: parsed.account, arn: parsed.arn, userId: parsed.arn, entityId: parsed.arn, userName };
}

/** IAM: an account by the ARN of its root user. (API reference, ResourceOwner) */
function ownerOf({ ResourceOwner }: SimulateInput): AccountId | undefined {
  if (ResourceOwner === undefined) return undefined;
  const account = parseAccountId(ResourceOwner) ?? accountOfArn(ResourceOwner);
  if (account === undefined) throw invalidInput(`Invalid ResourceOwner: ${ResourceOwner} does not name an account.`);
  return account;
}

/** Who is simulated where policies are given and nobody is named. */
export function nobodyOf(account: AccountId): Principal {
  const arn = `arn:aws:iam::${account}:user/simulated` as Arn;
  return { type: "user", account, arn, userId: arn, entityId: arn };
}
