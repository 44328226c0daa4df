import { RegistryError } from "../../kernel/errors.ts";
import { type CompiledPolicy, compilePolicy, type PolicyType } from "../../policies/compile.ts";
import { parsePolicyDocument } from "../../policies/document.ts";
import { PolicyFault } from "../../policies/elements.ts";
import { type StatementPosition, statementPositions } from "./statement-positions.ts";

/** A policy that takes part in a simulation. */
export interface SimulatedPolicy {
  readonly compiled: CompiledPolicy;
  /** What IAM calls it in MatchedStatements. */
  readonly id: string;
  readonly text: string;
  /** Where its statements stand in the text. */
  readonly positions: readonly StatementPosition[];
}

/** Makes a policy ready. Throws InvalidInputException for a text that is none. */
export function simulatedPolicy(type: PolicyType, id: string, text: string): SimulatedPolicy {
  try {
    const compiled = compilePolicy(parsePolicyDocument(text), { type, name: id });
    return { compiled, id, text, positions: statementPositions(text) };
  } catch (error) {
    if (error instanceof PolicyFault) throw invalidInput(`The policy ${id} is not valid: ${error.message}.`);
    throw error;
  }
}

/** The policies of a parameter. IAM: they are called by it and their number. (AWS CLI reference, simulate-custom-policy) */
export function givenPolicies(type: PolicyType, parameter: string, texts: readonly string[] = []): readonly SimulatedPolicy[] {
  return texts.map((text, index) => simulatedPolicy(type, `${parameter}.${index + 1}`, text));
}

export function invalidInput(sentence: string): RegistryError {
  return new RegistryError("InvalidInputException", sentence);
}
