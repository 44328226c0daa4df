/** A place in a text: line and column, from 1, of the character behind what was read. */
export interface Position {
  readonly Line: number;
  readonly Column: number;
}

export interface StatementPosition {
  readonly start: Position;
  readonly end: Position;
}

/**
 * Where each statement of a policy stands in its text, which has to be one. IAM: a statement begins behind the bracket or the comma
 * before it, one that stands alone behind its own brace, and it ends behind its last brace. (answers of IAM quoted in AWS's CLI
 * reference, and in tests of its clients)
 */
export function statementPositions(text: string): readonly StatementPosition[] {
  const spans = statementSpans(text);
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((it) => it.index + 1)];
  const positionOf = (at: number): Position => {
    const line = lineStarts.findLastIndex((start) => start <= at);
    return { Line: line + 1, Column: at - (lineStarts[line] ?? 0) + 1 };
  };
  return spans.map(([start, end]) => ({ start: positionOf(start), end: positionOf(end) }));
}

/** Strings and signs of a text of JSON; nothing in it is tried twice. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;
const DEEPER: Readonly<Record<string, number>> = { "{": 1, "[": 1, "}": -1, "]": -1 };

/** From where to where each statement goes, as IAM counts it. */
function statementSpans(text: string): readonly (readonly [number, number])[] {
  const tokens = [...text.matchAll(TOKEN)].map((it) => ({ sign: it[0], at: it.index }));
  const [first, ...rest] = tokens.slice(findStatements(tokens));
  const spans: [number, number][] = [];
  let start = (first?.at ?? 0) + 1;
  let depth = 1;
  const around = first?.sign === "[" ? 1 : 0;
  for (const { sign, at } of rest) {
    depth += DEEPER[sign] ?? 0;
    if (depth === around && sign === "}") spans.push([start, at + 1]);
    if (depth === around && sign === ",") start = at + 1;
    if (depth === 0) break;
  }
  return spans;
}

/** The first token of the value of the document's Statement; behind the last when there is none. */
function findStatements(tokens: readonly { readonly sign: string }[]): number {
  let depth = 0;
  const name = tokens.findIndex(({ sign }, index) => {
    depth += DEEPER[sign] ?? 0;
    return depth === 1 && sign === '"Statement"' && tokens[index + 1]?.sign === ":";
  });
  return name === -1 ? tokens.length : name + 2;
}
