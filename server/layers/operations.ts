import { Readable } from "node:stream";
import type { Call } from "../kernel/call.ts";
import { invalidParameter, RegistryError } from "../kernel/errors.ts";
import { JSON_BODY_BYTES_MAX, LAYER_PART_SIZE_BYTES, LAYER_PART_SIZE_BYTES_MAX, LAYER_PARTS_MAX } from "../kernel/limits.ts";
import { DIGEST_PATTERN, type Digest, hasDigestForm, parseDigest, type RepositoryName } from "../kernel/names.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { blob, list, long, string, structure } from "../kernel/shape.ts";
import type { Sealer } from "../keys/sealer.ts";
import { askRepository, onRegistry, REGISTRY_ID, type RegistryInput, REPOSITORY_NAME } from "../repositories/shapes.ts";
import { appendToUpload } from "./append-to-upload.ts";
import { checkAvailability } from "./check-availability.ts";
import { completeLayerUpload } from "./complete-layer-upload.ts";
import type { LayerDeps } from "./deps.ts";
import { downloadUrl, layersNotFound } from "./download-url.ts";
import { readUpload } from "./read-upload.ts";
import { startUpload } from "./start-upload.ts";
import { invalidPart } from "./write-to-upload.ts";

type Deps = LayerDeps & { readonly sealer: Sealer };

interface InRepository extends RegistryInput {
  readonly repositoryName: RepositoryName;
}

interface UploadLayerPartInput extends InRepository {
  readonly uploadId: string;
  readonly partFirstByte: number;
  readonly partLastByte: number;
  readonly layerPartBlob: Buffer;
}

const UPLOAD_ID_PATTERN = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
const UPLOAD_ID = new RegExp(`^${UPLOAD_ID_PATTERN}$`);

const DIGEST = string({ pattern: { text: DIGEST_PATTERN, matches: hasDigestForm } });
const IN_REPOSITORY = { registryId: REGISTRY_ID, "repositoryName!": REPOSITORY_NAME };
const IN_UPLOAD = {
  ...IN_REPOSITORY,
  "uploadId!": string({ pattern: { text: UPLOAD_ID_PATTERN, matches: (it) => UPLOAD_ID.test(it) } }),
};

/** The layer operations of ECR's API. */
export function layerOperations(deps: Deps): readonly Operation[] {
  return [
    operation<InRepository & { readonly layerDigests: readonly string[] }>({
      name: "BatchCheckLayerAvailability",
      errors: ["RepositoryNotFoundException"],
      input: structure({ ...IN_REPOSITORY, "layerDigests!": list(string({ max: 1000 }), { min: 1, max: 100 }) }),
      asks: askRepository("ecr:BatchCheckLayerAvailability"),
      handle: (call, input) =>
        checkAvailability(deps, onRegistry(call, input), { name: input.repositoryName, digests: input.layerDigests }),
    }),
    operation<InRepository>({
      name: "InitiateLayerUpload",
      errors: ["RepositoryNotFoundException"],
      input: structure(IN_REPOSITORY),
      asks: askRepository("ecr:InitiateLayerUpload"),
      handle: async (call, input) => {
        const { uploadId } = await startUpload(deps, onRegistry(call, input), { name: input.repositoryName });
        return { uploadId, partSize: LAYER_PART_SIZE_BYTES };
      },
    }),
    operation<UploadLayerPartInput>({
      name: "UploadLayerPart",
      errors: ["InvalidLayerPartException", "LimitExceededException", "RepositoryNotFoundException", "UploadNotFoundException"],
      bodyBytesMax: JSON_BODY_BYTES_MAX,
      input: structure({
        ...IN_UPLOAD,
        "partFirstByte!": long({ min: 0 }),
        "partLastByte!": long({ min: 0 }),
        "layerPartBlob!": blob({ max: LAYER_PART_SIZE_BYTES_MAX }),
      }),
      asks: askRepository("ecr:UploadLayerPart"),
      handle: (call, input) => uploadLayerPart(deps, onRegistry(call, input), input),
    }),
    operation<InRepository & { readonly uploadId: string; readonly layerDigests: readonly string[] }>({
      name: "CompleteLayerUpload",
      errors: [
        "EmptyUploadException",
        "InvalidLayerException",
        "LayerAlreadyExistsException",
        "LayerPartTooSmallException",
        "RepositoryNotFoundException",
        "UploadNotFoundException",
      ],
      input: structure({ ...IN_UPLOAD, "layerDigests!": list(DIGEST, { min: 1, max: 100 }) }),
      asks: askRepository("ecr:CompleteLayerUpload"),
      handle: async (reached, input) => {
        const call = onRegistry(reached, input);
        const digest = onlyDigest(input.layerDigests);
        await completeLayerUpload(deps, call, { name: input.repositoryName, uploadId: input.uploadId, digest });
        return { ...identify(call, input), layerDigest: digest };
      },
    }),
    operation<InRepository & { readonly layerDigest: string }>({
      name: "GetDownloadUrlForLayer",
      errors: ["LayerInaccessibleException", "LayersNotFoundException", "RepositoryNotFoundException"],
      input: structure({ ...IN_REPOSITORY, "layerDigest!": DIGEST }),
      asks: askRepository("ecr:GetDownloadUrlForLayer"),
      handle: async (reached, input) => {
        const call = onRegistry(reached, input);
        const digest = parseDigest(input.layerDigest);
        const name = input.repositoryName;
        if (digest === undefined) throw layersNotFound(call, { name, digest: input.layerDigest });
        return { downloadUrl: await downloadUrl(deps, call, { name, digest }), layerDigest: digest };
      },
    }),
  ];
}

async function uploadLayerPart(deps: Deps, call: Call, input: UploadLayerPartInput): Promise<object> {
  const { repositoryName: name, uploadId, partFirstByte, partLastByte, layerPartBlob: bytes } = input;
  const key = { name, uploadId };
  if (bytes.length === 0 || partLastByte - partFirstByte + 1 !== bytes.length) {
    const why = `The part has ${bytes.length} bytes, which are not bytes ${partFirstByte} to ${partLastByte}.`;
    // Only after the upload was found: of one that is not there, ECR says that first.
    const { size } = await readUpload(deps, call, key);
    throw invalidPart(call, key, size, why);
  }
  const { size } = await appendToUpload(deps, call, {
    ...key,
    offset: partFirstByte,
    body: Readable.from([bytes], { objectMode: false }),
    expected_bytes: bytes.length,
    parts_max: LAYER_PARTS_MAX,
  });
  return { ...identify(call, input), lastByteReceived: size - 1 };
}

/** ECR: a list, though a layer has one digest; docker's proxy in front of ECR sends one. (CompleteLayerUpload) */
function onlyDigest(texts: readonly string[]): Digest {
  const [text = "", ...others] = new Set(texts);
  if (others.length > 0) throw invalidParameter("layerDigests", "Member must have length less than or equal to 1");
  const digest = parseDigest(text);
  if (digest === undefined)
    throw new RegistryError("InvalidLayerException", `The digest '${text}' is not one of sha256 or sha512.`);
  return digest;
}

function identify(call: Call, input: InRepository & { readonly uploadId: string }): object {
  return { registryId: call.registry.account, repositoryName: input.repositoryName, uploadId: input.uploadId };
}
