import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { Arn } from "../../kernel/names.ts";
import type { IamDeps } from "../deps.ts";
import { ARN } from "../shapes.ts";
import { contextKeysOf } from "./context-keys.ts";
import { POLICY_LIST, SIMULATE, type SimulateInput } from "./inputs.ts";
import { nobodyOf, runSimulation } from "./run-simulation.ts";
import { findSimulated } from "./simulated-principal.ts";
import { givenPolicies } from "./simulated-policy.ts";

interface PrincipalInput {
  readonly PolicySourceArn: string;
  readonly PolicyInputList?: readonly string[];
}

interface CustomInput {
  readonly PolicyInputList: readonly string[];
}

/** What would be allowed, and why. */
export function simulationOperations(deps: IamDeps): readonly Operation[] {
  const { metadata } = deps;
  const askAny = (action: string) => () => [{ action: `iam:${action}`, resource: "*" as const }];
  const askSource =
    (action: string) =>
    ({ PolicySourceArn }: PrincipalInput) => [{ action: `iam:${action}`, resource: PolicySourceArn as Arn }];
  return [
    operation<SimulateInput & CustomInput>({
      name: "SimulateCustomPolicy",
      errors: ["InvalidInputException"],
      input: structure({ "PolicyInputList!": POLICY_LIST, ...SIMULATE }),
      asks: askAny("SimulateCustomPolicy"),
      handle: (call, input) => runSimulation(deps, call, input, { principal: nobodyOf(call.principal.account) }),
    }),
    operation<SimulateInput & PrincipalInput>({
      name: "SimulatePrincipalPolicy",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input: structure({ "PolicySourceArn!": ARN, PolicyInputList: POLICY_LIST, ...SIMULATE }),
      asks: askSource("SimulatePrincipalPolicy"),
      async handle(call, input) {
        const { account } = call.principal;
        return runSimulation(
          deps,
          call,
          input,
          await metadata.readGlobal((tx) => findSimulated(tx, account, input.PolicySourceArn)),
        );
      },
    }),
    operation<CustomInput>({
      name: "GetContextKeysForCustomPolicy",
      errors: ["InvalidInputException"],
      input: structure({ "PolicyInputList!": POLICY_LIST }),
      asks: askAny("GetContextKeysForCustomPolicy"),
      handle: async (_call, { PolicyInputList }) => ({
        ContextKeyNames: contextKeysOf(givenPolicies("identity", "PolicyInputList", PolicyInputList).map((it) => it.text)),
      }),
    }),
    operation<PrincipalInput>({
      name: "GetContextKeysForPrincipalPolicy",
      errors: ["InvalidInputException", "NoSuchEntityException"],
      input: structure({ "PolicySourceArn!": ARN, PolicyInputList: POLICY_LIST }),
      asks: askSource("GetContextKeysForPrincipalPolicy"),
      async handle({ principal: { account } }, { PolicySourceArn, PolicyInputList }) {
        const { policies } = await metadata.readGlobal((tx) => findSimulated(tx, account, PolicySourceArn));
        const all = [...policies, ...givenPolicies("identity", "PolicyInputList", PolicyInputList)];
        return { ContextKeyNames: contextKeysOf(all.map((it) => it.text)) };
      },
    }),
  ];
}
