import { join } from "node:path";
import { run } from "../programs.ts";
import { login, type Scene } from "./scene.ts";

/** skopeo, logged in at a scene's server. */
export interface Skopeo {
  /** Copies an image as it is, between places that skopeo knows how to name. */
  copy(from: string, to: string, ...flags: readonly string[]): Promise<string>;
  /** Any other command that asks a registry; what it prints. */
  ask(command: "delete" | "inspect" | "list-tags", image: string): Promise<string>;
}

/** Logs skopeo in, with a file of its own for what it is given. */
export async function setSkopeo(scene: Scene): Promise<Skopeo> {
  const authfile = join(await scene.folder("skopeo"), "auth.json");
  await login(scene, "skopeo", ["login", "--tls-verify=false", "--authfile", authfile], {});
  const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  return {
    copy: (from, to, ...flags) =>
      run("skopeo", ["copy", "--authfile", authfile, ...plain, "--preserve-digests", ...flags, from, to]),
    ask: (command, image) => run("skopeo", [command, "--authfile", authfile, "--tls-verify=false", image]),
  };
}
