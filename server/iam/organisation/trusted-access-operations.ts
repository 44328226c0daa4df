import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import { query } from "../../platform/metadata/query.ts";
import { askNothing, withKey } from "./asks.ts";
import type { OrganisationDeps } from "./deps.ts";
import { TRUSTED_SERVICES_MAX } from "./limits.ts";
import { requireManager } from "./organisation.ts";
import { type PagingInput, pageOf } from "./paging.ts";
import { PAGING, SERVICE_PRINCIPAL } from "./shapes.ts";

interface ServiceInput {
  readonly ServicePrincipal: string;
}

const servicesAfter = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("organisation_services").selectAll().where("principal", ">", p.after).orderBy("principal").limit(p.limit),
);
const insertService = query<{ principal: string; enabled_ms: number }>()((db, p) =>
  db
    .insertInto("organisation_services")
    .values({ principal: p.principal, enabled_ms: p.enabled_ms })
    .onConflict((it) => it.column("principal").doNothing()),
);
const deleteService = query<{ principal: string }>()((db, p) =>
  db.deleteFrom("organisation_services").where("principal", "=", p.principal),
);

const onService = (action: string) =>
  withKey(askNothing(action), "organizations:serviceprincipal", (it: ServiceInput) => it.ServicePrincipal);

/** Which services of AWS may look into the organisation. Kept and told; none of those services is here to do so. */
export function trustedAccessOperations(deps: OrganisationDeps): readonly Operation[] {
  const { metadata, clock } = deps;
  return [
    operation<ServiceInput>({
      name: "EnableAWSServiceAccess",
      errors: ["AWSOrganizationsNotInUseException", "ConstraintViolationException"],
      input: structure({ "ServicePrincipal!": SERVICE_PRINCIPAL }),
      asks: onService("EnableAWSServiceAccess"),
      handle: (call, { ServicePrincipal }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          await tx.run(insertService, { principal: ServicePrincipal, enabled_ms: clock.now() });
          const services = await tx.all(servicesAfter, { after: "", limit: TRUSTED_SERVICES_MAX + 1 });
          if (services.length > TRUSTED_SERVICES_MAX) {
            throw new RegistryError(
              "ConstraintViolationException",
              `An organization trusts ${TRUSTED_SERVICES_MAX} services at most.`,
            );
          }
          return {};
        }),
    }),
    operation<ServiceInput>({
      name: "DisableAWSServiceAccess",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({ "ServicePrincipal!": SERVICE_PRINCIPAL }),
      asks: onService("DisableAWSServiceAccess"),
      handle: (call, { ServicePrincipal }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          await tx.run(deleteService, { principal: ServicePrincipal });
          return {};
        }),
    }),
    operation<PagingInput>({
      name: "ListAWSServiceAccessForOrganization",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({ ...PAGING }),
      asks: askNothing("ListAWSServiceAccessForOrganization"),
      handle: (call, input) =>
        pageOf(deps, call, input, "EnabledServicePrincipals", {
          scope: ["ListAWSServiceAccessForOrganization"],
          rows: (tx, after, limit) => tx.all(servicesAfter, { after, limit }),
          keyOf: ({ principal }) => principal,
          present: (_tx, { principal, enabled_ms }) => ({ ServicePrincipal: principal, DateEnabled: enabled_ms / 1000 }),
        }),
    }),
  ];
}
