import type { Readable } from "node:stream";
import type { Digest } from "../../kernel/names.ts";
import type { Egress } from "../../platform/egress/egress.ts";

/** How long a peer may be silent before it is given up. */
const IDLE_MS = 60_000;
const SIZE = /^[0-9]{1,16}$/;

/** Another registry, that may have what is damaged here. */
export interface Peer {
  /** Where it is; a path before the names of its repositories is part of that. */
  readonly url: URL;
  readonly egress: Egress;
  /** The whole header that it is asked with. */
  readonly authorization?: string | undefined;
}

/** What a peer answers. `size` where it says so; `why` is the end of a sentence. */
export type PeerAnswer =
  | { readonly state: "there"; readonly body: Readable; readonly size: number | undefined }
  | { readonly state: "absent" }
  | { readonly state: "refused"; readonly why: string };

/** Asks a peer for a blob of one of its repositories. Its body is to be read or destroyed. Throws EgressError, and what `signal` does. */
export async function askPeer(
  { url, egress, authorization }: Peer,
  blob: { readonly name: string; readonly digest: Digest },
  signal: AbortSignal,
): Promise<PeerAnswer> {
  const path = url.pathname.replace(/\/$/, "");
  const at = new URL(`/v2${path}/${blob.name}/blobs/${blob.digest}`, url);
  const { status, headers, body } = await egress.open(at, { signal, idle_ms: IDLE_MS, authorization });
  if (status === 200) {
    const length = headers["content-length"];
    return { state: "there", body, size: length !== undefined && SIZE.test(length) ? Number(length) : undefined };
  }
  body.destroy();
  if (status === 404) return { state: "absent" };
  return { state: "refused", why: refusalOf(status, headers["www-authenticate"]) };
}

function refusalOf(status: number, challenge = ""): string {
  if (status !== 401) return `answered with status ${status}`;
  if (/^bearer\b/i.test(challenge))
    return "answered with status 401: it wants a bearer token, and is asked with user and password";
  return "answered with status 401: it does not know the user and password, or was asked without";
}
