import type { AwsManagedPolicy } from "./aws-managed-policy.ts";

/** What everybody gives to those who look after an account. (AWS managed policy reference, AdministratorAccess) */
export const ADMINISTRATOR_POLICIES: readonly AwsManagedPolicy[] = [
  {
    id: "ANPAIWMBCKSKIEE64ZLYK",
    name: "AdministratorAccess",
    path: "/",
    description: "Provides full access to AWS services and resources.",
    created: "2015-02-06T18:39:46Z",
    updated: "2015-02-06T18:39:46Z",
    version: "v1",
    statements: [{ Action: ["*"] }],
  },
];
