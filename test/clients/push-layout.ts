import { readFile } from "node:fs/promises";
import {
  CompleteLayerUploadCommand,
  type ECRClient,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { blobPath, type ImageLayout } from "./image-layout.ts";

/** Pushes the images of a layout with operations of ECR's API; what is at its root under `imageTag` too, when that is given. */
export async function pushLayout(
  ecr: ECRClient,
  repositoryName: string,
  { layout, imageTag }: { readonly layout: ImageLayout; readonly imageTag?: string },
): Promise<void> {
  for (const { config, layer, descriptor } of layout.images) {
    await pushLayer(ecr, repositoryName, layout.folder, config.digest);
    await pushLayer(ecr, repositoryName, layout.folder, layer.digest);
    const imageManifest = await readFile(blobPath(layout.folder, descriptor.digest), "utf8");
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageDigest: descriptor.digest }));
  }
  if (imageTag === undefined) return;
  const imageManifest = await readFile(blobPath(layout.folder, layout.root.digest), "utf8");
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag }));
}

async function pushLayer(ecr: ECRClient, repositoryName: string, folder: string, digest: string): Promise<void> {
  const layerPartBlob = await readFile(blobPath(folder, digest));
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  const range = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1 };
  await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, ...range, layerPartBlob }));
  await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
}
