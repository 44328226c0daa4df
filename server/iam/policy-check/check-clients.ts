import type { CheckedPolicy } from "./checked-policy.ts";
import { type Remark, warning } from "./finding.ts";

/** ECR: what a client needs beside. (User Guide, pushing and pulling images) */
const PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const PUSH = [
  "ecr:PutImage",
  "ecr:BatchCheckLayerAvailability",
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
];
const LOGIN = "ecr:GetAuthorizationToken";
/** Of a policy that limits, what is missing may be meant. */
const GIVE: ReadonlySet<string> = new Set(["identity", "repository", "registry"]);

/** Does whoever may pull or push something have all that docker needs for it? */
export function remarkOnClients(policy: CheckedPolicy): readonly Remark[] {
  if (!GIVE.has(policy.kind)) return [];
  const gives = (action: string): boolean => isGiven(policy, action);
  const missing = (what: string, needed: readonly string[]): readonly Remark[] => {
    const lacking = needed.filter((it) => !gives(it));
    if (lacking.length === 0 || !gives(needed[0] ?? "")) return [];
    return [warning("", `It allows ${needed[0]} but not ${lacking.join(", ")}: clients cannot ${what} without.`)];
  };
  const isForClients = gives("ecr:BatchGetImage") || gives("ecr:PutImage");
  const lacksLogin = policy.kind === "identity" && isForClients && !gives(LOGIN);
  return [
    ...missing("pull", PULL),
    ...missing("push", PUSH),
    ...(lacksLogin
      ? [warning("", `It lets pull or push, but not log in: ${LOGIN} on Resource "*" is missing, unless another policy has it.`)]
      : []),
  ];
}

/** Does a statement allow the action, of whatever it may be asked of? Login is asked of nothing. */
function isGiven({ compiled, document }: CheckedPolicy, action: string): boolean {
  return compiled.statements.some(({ effect, matchesAction }, index) => {
    const resources = document.statements[index]?.resources;
    const covers = action !== LOGIN || resources === undefined || resources.except || resources.of.includes("*");
    return effect === "Allow" && matchesAction(action.toLowerCase()) && covers;
  });
}
