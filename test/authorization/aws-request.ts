import { jsonApis, queryApis } from "../../server/apis.ts";
import { target } from "../../server/testing/aws-server.ts";
import { queryForm } from "./query-form.ts";

/** Every API that is served, by its service's name. */
export const APIS = { ...jsonApis({} as never), ...queryApis({} as never) };
export type Service = keyof typeof APIS;
export const SERVICES = Object.keys(APIS) as readonly Service[];

/** What is sent to `/` by POST. */
export interface AwsRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request to an operation in its API's protocol, not yet signed. */
export function requestOf(service: Service, operation: string, input: object): AwsRequest {
  const api = APIS[service];
  if ("targetPrefix" in api) return { headers: target(operation, api.targetPrefix), body: JSON.stringify(input) };
  return {
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: queryForm({ Action: operation, Version: api.version, ...input }),
  };
}
