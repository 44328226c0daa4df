import { ERRORS, RegistryError } from "../kernel/errors.ts";
import { type DownloadDeps, openDownload } from "../layers/download-url.ts";
import type { HostHandler } from "./router.ts";
import { replyBlobHead, sendBlob } from "./send-blob.ts";

/** Where the URLs of GetDownloadUrlForLayer lead. */
const DOWNLOAD_PATH = "/_layers/";

/** Serves a layer to whoever holds a URL for it. The URL itself is the permission: sealed, and only for its lifetime. */
export function createDownload(deps: DownloadDeps): HostHandler {
  return {
    async handle(exchange) {
      exchange.note.protocol = "download";
      exchange.note.action = "ecr:GetDownloadUrlForLayer";
      try {
        if (exchange.method !== "GET" && exchange.method !== "HEAD") {
          throw new RegistryError("UnsupportedOperationException", "A layer's download URL can only be read.");
        }
        const download = await openDownload(deps, exchange.path.slice(DOWNLOAD_PATH.length));
        await using blob = await download.open();
        if (exchange.method === "HEAD") replyBlobHead(exchange, download.digest, blob.size, []);
        else await sendBlob(exchange, download.digest, blob, []);
      } catch (error) {
        const { code, message } = exchange.report(error);
        exchange.reply(ERRORS[code].oci.status, ["content-type", "text/plain; charset=utf-8"], `${message}\n`);
      }
    },
  };
}
