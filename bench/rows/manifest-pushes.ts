import { manifestPush, manifestRequest, pushSmallImage } from "../load/image.ts";
import { runLoad } from "../load/requests.ts";
import { atLeast, type Row } from "../row.ts";

const CONNECTIONS = 16;
const WARM_UP_PUSHES = 200;

/** Different manifests, each under a tag of its own, on disk and durable; then every one is read back. */
export const manifestPushes: readonly Row[] = [
  {
    name: "manifest-push",
    work: `manifest push, ${CONNECTIONS} connections, on disk`,
    figures: [{ unit: "req/s", target: atLeast(4) }],
    start: { storage: "disk" },
    rounds: 3,
    async measure(peer, { quick }) {
      const image = await pushSmallImage(peer, "bench/pushes");
      let pushed = 0;
      const next = () => {
        const bytes = manifestPush(peer, image.repository, `v${pushed}`, image.manifest(pushed));
        pushed++;
        return { bytes, status: 201 };
      };
      const load = { port: peer.port, connections: CONNECTIONS };
      await runLoad({ ...load, next: () => (pushed < WARM_UP_PUSHES ? next() : undefined), duration_s: 60 });
      const { requests, duration_s } = await runLoad({ ...load, next, duration_s: quick ? 2 : 5 });
      let read = 0;
      const readNext = () => {
        if (read === pushed) return undefined;
        const bytes = manifestRequest(peer, "GET", image.repository, `v${read}`);
        return { bytes, status: 200, body: image.manifest(read++).body };
      };
      await runLoad({ ...load, next: readNext, duration_s: 600 });
      if (read !== pushed) throw new Error("Not every manifest was read back.");
      return [requests / duration_s];
    },
  },
];
