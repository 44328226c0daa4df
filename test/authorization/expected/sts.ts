import { allOn, type Expected } from "./expected.ts";

/** Sources: Service Authorization Reference, STS; STS API reference. */
export const STS: Expected = {
  ...allOn("sts", "*", "DecodeAuthorizationMessage GetAccessKeyInfo"),
  GetFederationToken: ["sts:GetFederationToken federated-user/guest", "sts:TagSession federated-user/guest"],
  // Whoever is somebody may.
  GetCallerIdentity: [],
  GetSessionToken: [],
  // The role's own policy decides: assume-role.test.ts walks over it.
  AssumeRole: [],
};

/** What is called without a signature. A token of the role's own provider says who asks, and the role's policy whether they may. */
export const UNSIGNED = ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];
