const NAME = "app";
const DIGEST = `sha256:${"0".repeat(64)}`;
const UPLOAD = `/v2/${NAME}/blobs/uploads/00000000-0000-4000-8000-000000000000`;

/** One request for each row of the OCI routes. `path` is sent as it is, `body` where the route is one that has some. */
export interface RouteRow {
  readonly path: string;
  readonly asks: readonly string[];
  readonly body?: string;
}

/** By `<method> <kind>`. */
export const ROUTES: Readonly<Record<string, RouteRow>> = {
  "GET base": { path: "/v2/", asks: [] },
  "HEAD base": { path: "/v2/", asks: [] },
  "GET catalog": { path: "/v2/_catalog", asks: ["ecr:DescribeRepositories repository/*"] },
  "GET manifest": { path: `/v2/${NAME}/manifests/v1`, asks: ["ecr:BatchGetImage repository"] },
  "HEAD manifest": { path: `/v2/${NAME}/manifests/v1`, asks: ["ecr:BatchGetImage repository"] },
  "PUT manifest": { path: `/v2/${NAME}/manifests/v1`, asks: ["ecr:PutImage repository"], body: "{}" },
  "DELETE manifest": { path: `/v2/${NAME}/manifests/${DIGEST}`, asks: ["ecr:BatchDeleteImage repository"] },
  "GET blob": { path: `/v2/${NAME}/blobs/${DIGEST}`, asks: ["ecr:GetDownloadUrlForLayer repository"] },
  "HEAD blob": { path: `/v2/${NAME}/blobs/${DIGEST}`, asks: ["ecr:BatchCheckLayerAvailability repository"] },
  "DELETE blob": { path: `/v2/${NAME}/blobs/${DIGEST}`, asks: ["ecr:BatchDeleteImage repository"] },
  "POST uploads": { path: `/v2/${NAME}/blobs/uploads/`, asks: ["ecr:InitiateLayerUpload repository"] },
  "POST mount": {
    path: `/v2/${NAME}/blobs/uploads/?mount=${DIGEST}&from=other`,
    asks: ["ecr:InitiateLayerUpload repository"],
  },
  "POST single-post": {
    path: `/v2/${NAME}/blobs/uploads/?digest=${DIGEST}`,
    asks: ["ecr:InitiateLayerUpload repository", "ecr:UploadLayerPart repository", "ecr:CompleteLayerUpload repository"],
    body: "bytes",
  },
  "PATCH upload": { path: UPLOAD, asks: ["ecr:UploadLayerPart repository"], body: "bytes" },
  "GET upload": { path: UPLOAD, asks: ["ecr:UploadLayerPart repository"] },
  "DELETE upload": { path: UPLOAD, asks: ["ecr:UploadLayerPart repository"] },
  "PUT upload": { path: `${UPLOAD}?digest=${DIGEST}`, asks: ["ecr:CompleteLayerUpload repository"] },
  "PUT closing-chunk": {
    path: `${UPLOAD}?digest=${DIGEST}`,
    asks: ["ecr:CompleteLayerUpload repository", "ecr:UploadLayerPart repository"],
    body: "bytes",
  },
  "GET tags": { path: `/v2/${NAME}/tags/list`, asks: ["ecr:ListImages repository"] },
  "GET referrers": { path: `/v2/${NAME}/referrers/${DIGEST}`, asks: ["ecr:BatchGetImage repository"] },
};
