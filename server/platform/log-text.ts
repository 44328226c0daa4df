const LEVELS: Readonly<Record<number, { readonly name: string; readonly colour: number }>> = {
  10: { name: "trace", colour: 90 },
  20: { name: "debug", colour: 90 },
  30: { name: "info ", colour: 36 },
  40: { name: "warn ", colour: 33 },
  50: { name: "error", colour: 31 },
  60: { name: "fatal", colour: 31 },
};
const DIM = 90;

/** One line of pino's JSON as a line for people: `12:03:04.567 info  what happened  key=value …`, with an error's stack below. */
export function formatLine(line: string, { colour }: { readonly colour: boolean }): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as { msg?: string } & Record<string, unknown>;
  const paint = (text: string, code: number): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { name, colour: code } = LEVELS[Number(level)] ?? { name: String(level), colour: DIM };
  const fields = Object.entries(rest).map(([key, value]) => `${paint(`${key}=`, DIM)}${formatValue(value)}`);
  const stack = formatStack(err);
  const parts = [paint(formatTime(Number(time)), DIM), paint(name, code), ...(msg === undefined ? [] : [msg])];
  return `${parts.join(" ")}${fields.length === 0 ? "" : `  ${fields.join(" ")}`}${stack}\n`;
}

/** The time of day here, in milliseconds. */
function formatTime(time_ms: number): string {
  const local_ms = time_ms - new Date(time_ms).getTimezoneOffset() * 60_000;
  return new Date(local_ms).toISOString().slice(11, 23);
}

/** As it is where that is clear, else as JSON, which also keeps a client's line breaks and escape codes out of the terminal. */
function formatValue(value: unknown): string {
  return typeof value === "string" && /^[\w./:@+,*%-]+$/.test(value) ? value : JSON.stringify(value);
}

function formatStack(err: unknown): string {
  if (typeof err !== "object" || err === null) return "";
  const { stack, message } = err as { stack?: string; message?: string };
  return `\n${stack ?? message ?? ""}`.replaceAll("\n", "\n    ");
}
