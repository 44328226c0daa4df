import type { HttpExchange } from "./http.ts";
import { xmlDocument, xmlElement } from "./xml.ts";

/** The service in the credential scope of a signature: `AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request`. */
const SIGNED_FOR = /^AWS4-HMAC-SHA256 Credential=[^/\s,]{1,128}\/\d{8}\/[a-z0-9-]{1,25}\/([a-z0-9-]{1,40})\/aws4_request/;
/** Those whose clients read errors in XML; those of all others that come by path read JSON. */
const XML_SERVICES: ReadonlySet<string> = new Set(["cloudfront", "route53", "s3", "s3-control"]);
const CODE = "UnknownOperationException";

/** The AWS service that a request by path is signed for, or undefined. Nothing is verified: it only words a refusal. */
export function apiSignedFor({ request }: HttpExchange): string | undefined {
  return SIGNED_FOR.exec(request.headers.authorization ?? "")?.[1];
}

/** Refuses what is meant for a service that is not here, so that its client can print why. It is not to try again. */
export function replyMissingApi(exchange: HttpExchange, service: string): void {
  const message = `The service '${service}' is not here: this server is a container registry. Leave its endpoint to AWS.`;
  const xml = XML_SERVICES.has(service);
  const body = xml
    ? xmlDocument(
        "ErrorResponse",
        "http://webservices.amazon.com/AWSFault/2005-15-09",
        xmlElement("Error", { Type: "Sender", Code: CODE, Message: message }) + xmlElement("RequestId", exchange.requestId),
      )
    : JSON.stringify({ message });
  const headers = ["content-type", xml ? "text/xml" : "application/json", "x-amzn-errortype", CODE];
  exchange.reply(404, headers, body);
}
