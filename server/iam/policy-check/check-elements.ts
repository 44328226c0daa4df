import type { PolicyStatement } from "../../policies/document.ts";
import { isContextKey } from "../../policies/context.ts";
import { error, type Remark, warning } from "./finding.ts";
import type { CheckedPolicy } from "./checked-policy.ts";

type Look = (statement: PolicyStatement, policy: CheckedPolicy) => readonly (Remark | undefined)[];

/** What each kind of policy has to have, must not have, and had better not have. Paths are those within a statement. */
export function remarkOnElements(policy: CheckedPolicy): readonly Remark[] {
  return policy.document.statements.flatMap((statement, index) =>
    LOOKS.flatMap((look) => look(statement, policy))
      .filter((it) => it !== undefined)
      .map((it) => ({ ...it, path: `Statement[${index}]${it.path === "" ? "" : `.${it.path}`}` })),
  );
}

const HAVE_PRINCIPALS: ReadonlySet<string> = new Set(["repository", "registry", "trust"]);
const HAVE_NO_RESOURCES: ReadonlySet<string> = new Set(["repository", "trust"]);

const whomItIsAbout: Look = ({ principals }, { kind }) => {
  const names = HAVE_PRINCIPALS.has(kind);
  if (names === (principals !== undefined)) return [];
  if (names) return [error("", "A policy of this kind says whom it is about, with a Principal.")];
  const element = principals?.except === true ? "NotPrincipal" : "Principal";
  return [error(element, `A policy of this kind is about whom it is attached to, so it has no ${element}.`)];
};

const whatItIsAbout: Look = ({ resources }, { kind }) => {
  if (resources === undefined) {
    return HAVE_NO_RESOURCES.has(kind) ? [] : [error("", "A policy of this kind says what it is about, with a Resource.")];
  }
  const element = resources.except ? "NotResource" : "Resource";
  if (kind === "trust") return [error(element, `The trust policy of a role is about that role, so it has no ${element}.`)];
  const isAboutAll = !resources.except && resources.of.every((it) => it === "*");
  if (kind !== "repository" || isAboutAll) return [];
  return [error(element, "The policy of a repository is about that repository, so it has no Resource but *.")];
};

const ofPrincipals: Look = ({ principals, effect, conditions }) => {
  if (principals === undefined) return [];
  const isForAll = !principals.except && principals.of.some((it) => it.kind === "everyone");
  const unknown = principals.of.filter((it) => it.kind === "unknown");
  return [
    ...unknown.map((it) => error("Principal", `${JSON.stringify(it.name)} is not the form of any principal.`)),
    principals.except && effect === "Allow"
      ? warning(
          "NotPrincipal",
          "NotPrincipal with Allow lets everybody in but those who are named, also without credentials of yours.",
        )
      : undefined,
    isForAll && effect === "Allow" && conditions.length === 0
      ? warning(
          "Principal",
          "This lets everybody in, of every account; a Condition such as aws:PrincipalOrgID would say who is meant.",
        )
      : undefined,
  ];
};

const ofConditions: Look = ({ conditions, resources }, { document }) => {
  const isOld = document.version === "2008-10-17";
  const written = [...(resources?.of ?? []), ...conditions.flatMap((it) => it.values)];
  return [
    ...conditions.map(({ key }) =>
      isContextKey(key) ? undefined : warning("Condition", `No request has the condition key ${key} here.`),
    ),
    ...conditions.map(({ key, values }) =>
      values.length === 0 ? warning("Condition", `The condition on ${key} has no values, so nothing is equal to it.`) : undefined,
    ),
    isOld && written.some((it) => it.includes("${"))
      ? warning("", 'Variables are plain text without "Version": "2012-10-17".')
      : undefined,
  ];
};

const LOOKS: readonly Look[] = [whomItIsAbout, whatItIsAbout, ofPrincipals, ofConditions];
