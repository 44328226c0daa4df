import assert from "node:assert/strict";
import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  type ECRClient,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  RegisterPullTimeUpdateExclusionCommand,
  StartLifecyclePolicyPreviewCommand,
} from "@aws-sdk/client-ecr";
import { type ImageLayout, MANIFEST_TYPE } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";

/** How many there are of everything that comes in pages. */
export const COUNT = 5;
/** The repository whose images, tags, referrers and lifecycle preview come in pages. */
export const FULL = "pages/0";

/** Makes COUNT of everything that ECR lists: repositories, images, tags, referrers, templates, rules, exclusions, a preview. */
export async function fillRegistry(ecr: ECRClient, layout: ImageLayout): Promise<{ readonly subject: string }> {
  const numbers = Array.from({ length: COUNT }, (_, index) => index);
  for (const index of numbers) {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: `pages/${index}` }));
    await ecr.send(new CreateRepositoryCreationTemplateCommand({ prefix: `made/${index}`, appliedFor: ["REPLICATION"] }));
    const upstream = { ecrRepositoryPrefix: `cache-${index}`, upstreamRegistryUrl: "public.ecr.aws" };
    await ecr.send(new CreatePullThroughCacheRuleCommand(upstream));
    const principalArn = `arn:aws:iam::000000000000:user/robot-${index}`;
    await ecr.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn }));
  }
  await pushLayout(ecr, FULL, { layout, imageTag: "v0" });
  const [image] = layout.images;
  assert(image !== undefined);
  const manifest = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: image.config, layers: [image.layer] };
  const subject = { artifactType: "application/vnd.example.note", subject: layout.root };
  for (const index of numbers) {
    const annotations = { number: String(index) };
    await put(ecr, { ...manifest, annotations }, `v${index + 1}`);
    await put(ecr, { ...manifest, ...subject, annotations }, `note-${index}`);
  }
  await startPreview(ecr);
  return { subject: layout.root.digest };
}

async function put(ecr: ECRClient, manifest: object, imageTag: string): Promise<void> {
  await ecr.send(new PutImageCommand({ repositoryName: FULL, imageManifest: JSON.stringify(manifest), imageTag }));
}

/** Of a policy that every image falls under. */
async function startPreview(ecr: ECRClient): Promise<void> {
  const rule = {
    rulePriority: 1,
    selection: { tagStatus: "tagged", tagPatternList: ["*"], countType: "imageCountMoreThan", countNumber: 1 },
    action: { type: "expire" },
  };
  const lifecyclePolicyText = JSON.stringify({ rules: [rule] });
  await ecr.send(new PutLifecyclePolicyCommand({ repositoryName: FULL, lifecyclePolicyText }));
  await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName: FULL }));
}
