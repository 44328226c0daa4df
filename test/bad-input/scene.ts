import type { Operation } from "../../server/kernel/operation.ts";
import { sampleInput } from "./samples.ts";

/** Calls an operation, which must not refuse. Returns its answer. */
type Call = (operation: string, input: Readonly<Record<string, unknown>>) => Promise<any>;

/** What makes something that others find. */
const MAKES = /^(Create|Put|Set|Register|TagResource)/;

/**
 * Brings about what the samples name: a repository with an image, whose layer is uploaded before it, and each setting and
 * document that there can be.
 */
export async function furnish(operations: readonly Operation[], call: Call): Promise<void> {
  const make = (operation: Operation, more: object = {}): Promise<any> =>
    call(operation.name, { ...sampleInput(operation, "required"), ...more });
  const named = (name: string): Operation => operations.find((it) => it.name === name)!;
  await make(named("CreateRepository"));
  const { uploadId } = await make(named("InitiateLayerUpload"));
  for (const name of ["UploadLayerPart", "CompleteLayerUpload"]) await make(named(name), { uploadId });
  await make(named("PutImage"), { imageTag: "v1" });
  const made = new Set(["CreateRepository", "PutImage"]);
  for (const operation of operations) if (MAKES.test(operation.name) && !made.has(operation.name)) await make(operation);
}
