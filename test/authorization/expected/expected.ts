/**
 * What each operation of an API asks for when its input has every member, as `<action> <resource>`; none where the service asks for
 * no permission. Of an ARN there is only its end, and an organisation has no id. That an operation asks for exactly this, and that
 * nobody comes through with less, is what walk.test.ts shows.
 */
export type Expected = Readonly<Record<string, readonly string[]>>;

/** Operations that ask for the action of their own name on one resource. */
export function allOn(service: string, resource: string, names: string): Expected {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((it) => [it, [`${service}:${it} ${resource}`]]),
  );
}
