import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { install } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { run } from "../programs.ts";

/** A server with two workers, and a folder for what clients write. One for each test file. */
export interface Scene extends AsyncDisposable {
  readonly server: RunningLongshore;
  /** `localhost:<port>`. */
  readonly host: string;
  /** Where the server keeps its data, the credentials file among it. */
  readonly data: string;
  /** The database in place of the one in the data folder. */
  readonly metadata: string | undefined;
  /** A new, empty folder. */
  folder(name: string): Promise<string>;
  createRepository(name: string): Promise<void>;
}

export async function setScene(): Promise<Scene> {
  const installation = await install();
  const scratch = await mkdtemp(join(tmpdir(), "longshore-client-"));
  const server = await startLongshore(installation, { workers: 2 });
  return {
    server,
    host: server.host,
    data: installation.data,
    metadata: installation.metadata,
    async folder(name) {
      const path = join(scratch, name);
      await mkdir(path, { recursive: true });
      return path;
    },
    async createRepository(name) {
      await server.ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(scratch, { recursive: true, force: true });
      await installation[Symbol.asyncDispose]();
    },
  };
}

/** `<program> login --username AWS --password-stdin <host>`, as the documentation of ECR has people do it. */
export async function login(
  scene: Scene,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const password = await scene.server.password();
  await run(program, [...args, "--username", "AWS", "--password-stdin", scene.host], { env, input: password });
}

/** For a client of AWS: nothing of the person who runs the tests, and a profile of the credentials file that the server wrote. */
export function awsEnvironment({ data }: Pick<Scene, "data">, profile = "default"): Record<string, string> {
  return {
    AWS_SHARED_CREDENTIALS_FILE: join(data, "credentials"),
    AWS_CONFIG_FILE: "/dev/null",
    AWS_PROFILE: profile,
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_SESSION_TOKEN: "",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_PAGER: "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
