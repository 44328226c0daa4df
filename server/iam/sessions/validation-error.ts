import { RegistryError } from "../../kernel/errors.ts";

/** What STS finds wrong with a member itself, beyond what shapes say. */
export function validationError(sentence: string): RegistryError {
  return new RegistryError("ValidationException", sentence);
}
