import { type Ask, type Operation, operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import { checkBoundary } from "./managed-policies.ts";
import type { IamDeps } from "./deps.ts";
import { setBoundary } from "./entities.ts";
import { type EntityInput, entityWords } from "./entity-kinds.ts";
import { ARN } from "./shapes.ts";

interface PutInput extends EntityInput {
  readonly PermissionsBoundary: string;
}

/** The same ask about a request that says which policy is to be the boundary. (IAM User Guide, iam:PermissionsBoundary) */
export function withBoundary(ask: Ask, boundary: string | undefined): Ask {
  return boundary === undefined ? ask : { ...ask, context: { "iam:permissionsboundary": [boundary] } };
}

/** `Put…PermissionsBoundary` and `Delete…PermissionsBoundary` of users or roles. */
export function boundaryOperations({ metadata }: IamDeps, kind: "user" | "role"): readonly Operation[] {
  const { noun, named, asks, findToChange, changeErrors } = entityWords(kind);
  const [putName, deleteName] = [`Put${noun}PermissionsBoundary`, `Delete${noun}PermissionsBoundary`];
  return [
    operation<PutInput>({
      name: putName,
      errors: [...changeErrors, "InvalidInputException", "NoSuchEntityException", "ValidationException"],
      input: structure({ ...named, "PermissionsBoundary!": ARN }),
      asks: (input, call) => asks(putName)(input, call).map((it) => withBoundary(it, input.PermissionsBoundary)),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          const entity = await findToChange(tx, call, input);
          await checkBoundary(tx, call.principal.account, input.PermissionsBoundary);
          await setBoundary(tx, entity, input.PermissionsBoundary);
          return {};
        }),
    }),
    operation<EntityInput>({
      name: deleteName,
      errors: [...changeErrors, "NoSuchEntityException"],
      input: structure(named),
      asks: asks(deleteName),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          await setBoundary(tx, await findToChange(tx, call, input), null);
          return {};
        }),
    }),
  ];
}
