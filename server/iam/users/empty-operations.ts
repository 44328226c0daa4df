import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { boolean, enumeration, string, structure } from "../../kernel/shape.ts";
import type { IamDeps } from "../deps.ts";
import { PAGE } from "../pages.ts";
import { EXISTING_USER_NAME } from "../shapes.ts";
import { askUserOrCaller, findUserOrRoot, type UserOrCaller } from "./caller.ts";

/** What users may have at AWS and cannot have here: lists of it are empty, and there is nothing of it to be found. */
export function emptyOperations({ metadata }: IamDeps): readonly Operation[] {
  const emptyList = (name: string, member: string, filter = {}): Operation =>
    operation<UserOrCaller>({
      name,
      errors: ["NoSuchEntityException", "ValidationException"],
      input: structure({ UserName: EXISTING_USER_NAME, ...filter, ...PAGE }),
      asks: askUserOrCaller(name),
      handle: async (call, input) => {
        await metadata.readGlobal((tx) => findUserOrRoot(tx, call, input));
        return { [member]: [], IsTruncated: false };
      },
    });
  const noLoginProfile = (name: string): Operation =>
    operation<UserOrCaller>({
      name,
      errors: ["NoSuchEntityException", "ValidationException"],
      input: structure({ UserName: EXISTING_USER_NAME }),
      asks: askUserOrCaller(name),
      handle: async (call, input) => {
        const user = await metadata.readGlobal((tx) => findUserOrRoot(tx, call, input));
        const owner = user === undefined ? `Account ${call.principal.account}` : `User ${user.name}`;
        throw new RegistryError("NoSuchEntityException", `Login Profile for ${owner} cannot be found.`);
      },
    });
  return [
    emptyList("ListMFADevices", "MFADevices"),
    emptyList("ListSSHPublicKeys", "SSHPublicKeys"),
    emptyList("ListSigningCertificates", "Certificates"),
    emptyList("ListServiceSpecificCredentials", "ServiceSpecificCredentials", { ServiceName: string(), AllUsers: boolean() }),
    operation<Record<string, never>>({
      name: "ListVirtualMFADevices",
      errors: [],
      input: structure({ AssignmentStatus: enumeration("Assigned", "Unassigned", "Any"), ...PAGE }),
      asks: () => [{ action: "iam:ListVirtualMFADevices", resource: "*" }],
      handle: async () => ({ VirtualMFADevices: [], IsTruncated: false }),
    }),
    noLoginProfile("GetLoginProfile"),
    noLoginProfile("DeleteLoginProfile"),
  ];
}
