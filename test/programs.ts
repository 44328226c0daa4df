import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { PATIENCE_MS } from "./patience.ts";

const ROOT = join(import.meta.dirname, "..");
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** The path of a program on PATH or where Go installs what it builds, or undefined. */
export function findProgram(name: string): string | undefined {
  return findPrograms(name)[0];
}

/** Every path of a program, in the order in which a shell would look. */
export function findPrograms(name: string): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((it) => it !== "");
  const goFolders = [process.env["GOBIN"], join(ROOT, ".tools"), join(ROOT, ".tools/bin"), join(homedir(), "go/bin")];
  return [...folders, ...goFolders.filter((it) => it !== undefined)].map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** For a test's `skip`: false when every program is there, else the reason. */
export function without(...names: string[]): string | false {
  const missing = names.filter((it) => findProgram(it) === undefined);
  return missing.length === 0 ? false : `not on this machine: ${missing.join(", ")}`;
}

/** The same, for what only root may do. */
export function withoutRoot(...names: string[]): string | false {
  return without(...names) || (process.getuid?.() === 0 ? false : "needs root");
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its input. */
  readonly input?: string;
  readonly cwd?: string;
}

/** Runs a program to its end; its output as text. Throws with what it said when it fails or takes too long. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return (await runBytes(program, args, options)).toString();
}

/** The same; its output as bytes. */
export function runBytes(program: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const path = program.includes("/") ? program : (findProgram(program) ?? program);
  return new Promise((resolve, reject) => {
    const settings = {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: PATIENCE_MS,
      maxBuffer: OUTPUT_BYTES_MAX,
      encoding: "buffer" as const,
    };
    const child = execFile(path, args, settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(`${program} ${args.join(" ")}\n${stdout.toString().slice(-4_000)}${stderr.toString().slice(-4_000)}`, {
            cause: error,
          }),
        );
    });
    // A program that ends without reading its input breaks the pipe; how it ended is what counts.
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}
