import type { Principal } from "../../kernel/call.ts";
import { PRINCIPALS_KEPT_MAX } from "../../kernel/limits.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { Moment, Moments } from "../../platform/metadata/moments.ts";
import type { CompiledPolicy } from "../compile.ts";
import type { CompiledTexts } from "./compiled-texts.ts";
import { createKept, type Sized } from "./kept.ts";
import { readManaged } from "./principal-facts.ts";

/** What narrows a principal beside what is stored of it. */
export interface SessionPolicies {
  /** Given when the session was made; undefined for a principal whose session was given none. */
  readonly session: readonly CompiledPolicy[] | undefined;
  /** What its registry token was scoped down to. */
  readonly tokenScope: readonly CompiledPolicy[] | undefined;
}

export interface SessionPoliciesDeps {
  readonly metadata: Metadata;
  readonly moments: Moments;
  readonly compiled: CompiledTexts;
}

interface ManagedPolicies extends Sized {
  readonly policies: readonly CompiledPolicy[];
}

const NOTHING: SessionPolicies = { session: undefined, tokenScope: undefined };

/** Reads what a principal brings along, and the managed policies that its session names. */
export function createSessionPolicies({ metadata, moments, compiled }: SessionPoliciesDeps): {
  of(principal: Principal, now: Moment): SessionPolicies | Promise<SessionPolicies>;
} {
  const session = (name: string, text: string): CompiledPolicy => compiled.of({ type: "session", name, text });
  const managed = createKept<readonly string[], ManagedPolicies>({
    moments,
    entries_max: PRINCIPALS_KEPT_MAX,
    keyOf: (arns) => arns.join(" "),
    read: async (arns) => {
      const found = await metadata.readGlobal((tx) => readManaged(tx, arns));
      const length = found.reduce((sum, { text }) => sum + text.length, 0);
      return { length, policies: found.map(({ arn, text }) => session(arn, text)) };
    },
  });

  return {
    of({ type, session: given, scopePolicy }, now) {
      if (given === undefined && scopePolicy === undefined) return NOTHING;
      const tokenScope = scopePolicy === undefined ? undefined : [session("the scope of the token", scopePolicy)];
      const inline = (given?.policies ?? []).map((text) => session("the session's own policy", text));
      const arns = given?.policyArns ?? [];
      if (arns.length === 0) {
        // AWS: a federated user who was given no policy may do nothing. (STS API reference, GetFederationToken)
        return { session: inline.length > 0 || type === "federated-user" ? inline : undefined, tokenScope };
      }
      const found = managed.of(arns, now);
      const join = ({ policies }: ManagedPolicies) => ({ session: [...inline, ...policies], tokenScope });
      return found instanceof Promise ? found.then(join) : join(found);
    },
  };
}
