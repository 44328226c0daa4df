import type { EcrCommand, Given } from "./command.ts";
import { engineCommands } from "./engines.ts";
import { closingCommands, imageCommands, layerCommands } from "./images.ts";
import { policyCommands } from "./policies.ts";
import { registryCommands } from "./registry.ts";
import { repositoryCommands } from "./repositories.ts";

/** Every operation of ECR's API as a command, in an order in which each finds what it needs. */
export function ecrCommands(given: Given): readonly EcrCommand[] {
  return [
    ...repositoryCommands(given),
    ...imageCommands(given),
    ...layerCommands(given),
    ...policyCommands(given),
    ...registryCommands(given),
    ...engineCommands(),
    ...closingCommands(given),
  ];
}
