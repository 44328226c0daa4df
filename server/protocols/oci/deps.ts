import type { PullRecorder } from "../../images/record-pulls.ts";
import type { Identity } from "../../identity/identity.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { QuotaDeps } from "../../kernel/quotas.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { Authorizer } from "../../policies/authorizer.ts";
import type { Hosts } from "../hosts.ts";
import type { Rates } from "../rates.ts";

/** What this protocol needs: who is calling, whether they may, and what the domain functions work on. */
export interface OciDeps extends QuotaDeps {
  readonly hosts: Hosts;
  readonly identity: Identity;
  readonly authorizer: Authorizer;
  readonly metadata: Metadata;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly rates?: Rates | undefined;
  readonly pulls: Pick<PullRecorder, "note">;
}
