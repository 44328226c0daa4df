import { deleteBlob, getBlob, headBlob } from "./blobs.ts";
import { getCatalog, getReferrers, getTags } from "./lists.ts";
import { deleteManifest, getManifest, putManifest } from "./manifests.ts";
import type { Route, RouteKind } from "./route.ts";
import { cancelUpload, closeUpload, getUpload, mountBlob, patchUpload, postBlob, startUpload } from "./uploads.ts";
import { getBase } from "./base.ts";

/**
 * The OCI distribution API, with the IAM actions that each request needs.
 * ECR: reading a manifest is BatchGetImage, also for HEAD. (ECR user guide, repository policies; CloudTrail records)
 */
export const ROUTES: readonly Route[] = [
  { kind: "base", method: "GET", on: "nothing", actions: "a valid token is enough", handle: getBase },
  { kind: "base", method: "HEAD", on: "nothing", actions: "a valid token is enough", handle: getBase },
  { kind: "catalog", method: "GET", on: "registry", actions: ["ecr:DescribeRepositories"], handle: getCatalog },

  { kind: "manifest", method: "GET", on: "repository", actions: ["ecr:BatchGetImage"], handle: getManifest },
  { kind: "manifest", method: "HEAD", on: "repository", actions: ["ecr:BatchGetImage"], handle: getManifest },
  { kind: "manifest", method: "PUT", on: "repository", actions: ["ecr:PutImage"], handle: putManifest },
  { kind: "manifest", method: "DELETE", on: "repository", actions: ["ecr:BatchDeleteImage"], handle: deleteManifest },

  { kind: "blob", method: "GET", on: "repository", actions: ["ecr:GetDownloadUrlForLayer"], handle: getBlob },
  { kind: "blob", method: "HEAD", on: "repository", actions: ["ecr:BatchCheckLayerAvailability"], handle: headBlob },
  { kind: "blob", method: "DELETE", on: "repository", actions: ["ecr:BatchDeleteImage"], handle: deleteBlob },

  { kind: "uploads", method: "POST", on: "repository", actions: ["ecr:InitiateLayerUpload"], handle: startUpload },
  // The source is asked about by the handler: a refusal there must look like a layer that is not there.
  { kind: "mount", method: "POST", on: "repository", actions: ["ecr:InitiateLayerUpload"], handle: mountBlob },
  {
    kind: "single-post",
    method: "POST",
    on: "repository",
    actions: ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
    handle: postBlob,
  },
  { kind: "upload", method: "PATCH", on: "repository", actions: ["ecr:UploadLayerPart"], handle: patchUpload },
  { kind: "upload", method: "GET", on: "repository", actions: ["ecr:UploadLayerPart"], handle: getUpload },
  { kind: "upload", method: "DELETE", on: "repository", actions: ["ecr:UploadLayerPart"], handle: cancelUpload },
  { kind: "upload", method: "PUT", on: "repository", actions: ["ecr:CompleteLayerUpload"], handle: closeUpload },
  {
    kind: "closing-chunk",
    method: "PUT",
    on: "repository",
    actions: ["ecr:CompleteLayerUpload", "ecr:UploadLayerPart"],
    handle: closeUpload,
  },

  { kind: "tags", method: "GET", on: "repository", actions: ["ecr:ListImages"], handle: getTags },
  { kind: "referrers", method: "GET", on: "repository", actions: ["ecr:BatchGetImage"], handle: getReferrers },
];

const byKind = new Map<RouteKind, ReadonlyMap<string, Route>>();
for (const route of ROUTES) byKind.set(route.kind, new Map([...(byKind.get(route.kind) ?? []), [route.method, route]]));

/** The routes of a kind by method; none for a kind without routes. */
export function routesOf(kind: RouteKind): ReadonlyMap<string, Route> {
  return byKind.get(kind) ?? NONE;
}

const NONE: ReadonlyMap<string, Route> = new Map();
