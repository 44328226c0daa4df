import type { Call } from "./call.ts";
import type { ErrorCode } from "./errors.ts";
import type { Arn } from "./names.ts";
import type { StructureShape } from "./shape.ts";

/** What a request would do, to what: the question that authorization answers. */
export interface Ask {
  /** The IAM action, such as `ecr:PutImage`. */
  readonly action: string;
  /** The ARN that it would act on; `*` for an action without a resource. */
  readonly resource: Arn | "*";
  /**
   * Whom the request means, where it does not say their ARN: that, with its path and in its own spelling, is what policies are
   * then asked about. `resource` stands for one that is not there.
   */
  readonly entity?: AskedEntity;
  /** Condition keys that this request has and others have not, by name in lower case, such as `aws:requesttag/team`. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

/** A user, group or role by its name, as it is or as it would be once it is moved; or whoever has an access key. */
export type AskedEntity =
  | {
      readonly kind: "user" | "group" | "role";
      readonly name: string;
      readonly moved?: { readonly name?: string | undefined; readonly path?: string | undefined };
    }
  | { readonly kind: "access-key"; readonly id: string };

/**
 * One operation of an AWS service, as data. `asks` is not optional: an operation that nobody may be asked about cannot be
 * built. Sources of every shape and constraint: ECR's API model of 2015-09-21, as published in the AWS SDKs.
 */
export interface Operation {
  readonly name: string;
  readonly input: StructureShape;
  /** How large a request may be, in bytes; JSON_BODY_BYTES_DEFAULT when absent. */
  readonly bodyBytesMax?: number;
  /**
   * What its handler can refuse with, beside what every operation can: authentication, authorization, InvalidParameterException
   * and ServerException. docs/parity.md is made from it.
   */
  readonly errors: readonly ErrorCode[];
  /** What must be allowed before `handle` runs; `none` only where the service itself asks for no permission. */
  readonly asks: ((input: never, call: Call) => readonly Ask[]) | "none";
  readonly handle: (call: Call, input: never) => Promise<object>;
}

/** Ties the types of an operation's parts together; returns it as it is. */
export function operation<Input>(definition: {
  readonly name: string;
  readonly input: StructureShape;
  readonly bodyBytesMax?: number;
  readonly errors: readonly ErrorCode[];
  readonly asks: ((input: Input, call: Call) => readonly Ask[]) | "none";
  readonly handle: (call: Call, input: Input) => Promise<object>;
}): Operation {
  return definition;
}

/** What is known of a request that nobody has signed. */
export type UnsignedCall = Omit<Call, "principal" | "registry">;

/** An operation that is called without credentials: what the request brings along says who asks, and its handler decides. */
export interface UnsignedOperation {
  readonly name: string;
  readonly input: StructureShape;
  /** As of any operation. */
  readonly errors: readonly ErrorCode[];
  readonly handle: (call: UnsignedCall, input: never) => Promise<object>;
}

/** Ties the types of an unsigned operation's parts together; returns it as it is. */
export function unsignedOperation<Input>(definition: {
  readonly name: string;
  readonly input: StructureShape;
  readonly errors: readonly ErrorCode[];
  readonly handle: (call: UnsignedCall, input: Input) => Promise<object>;
}): UnsignedOperation {
  return definition;
}
