import { existsSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, without } from "../programs.ts";
import { awsEnvironment, type Scene } from "./scene.ts";

/** Where a machine without a way to Terraform's registry keeps the provider: a folder in the form of a file system mirror. */
const MIRRORS = [process.env["LONGSHORE_TEST_TERRAFORM_PLUGINS"] ?? "", "/opt/tf-plugins", "/usr/share/terraform/plugins"];
const mirror = MIRRORS.find((it) => existsSync(join(it, "registry.terraform.io/hashicorp/aws")));
const absent =
  mirror === undefined ? "not on this machine: Terraform's AWS provider, in LONGSHORE_TEST_TERRAFORM_PLUGINS" : false;

/** For a test's `skip`: false when Terraform and its AWS provider are there, else the reason. */
export const withoutTerraform: string | false = without("terraform") || absent;

/** Terraform in a folder of its own with a configuration, which takes the endpoint and whatever else in variables. */
export interface Terraform {
  apply(variables?: Readonly<Record<string, string>>): Promise<void>;
  /** Of everything, or of one resource. */
  destroy(variables?: Readonly<Record<string, string>>, resource?: string): Promise<void>;
  /** Rejects, with what it would change, when what is there is not what the configuration says. */
  assertNoDrift(variables?: Readonly<Record<string, string>>): Promise<void>;
  outputs(): Promise<Record<string, any>>;
}

/** Who Terraform signs as. */
export interface Signer {
  /** A word for its folder. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What all configurations have in common. */
const PROVIDER = "provider.tf";

/**
 * Copies files of `terraform/` to a folder of their own, where they are one configuration, and makes Terraform ready for it, signed
 * as the scene's root where nobody else is given. Terraform takes seconds to start: what can be, should be one configuration.
 */
export async function setTerraform(scene: Scene, files: readonly string[], signer?: Signer): Promise<Terraform> {
  const folder = await scene.folder(`terraform-${files.join("-")}-${signer?.name ?? "root"}`);
  const settings = { TF_CLI_CONFIG_FILE: join(folder, "terraform.rc"), TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" };
  const env = { ...awsEnvironment(scene), ...signer?.environment, ...settings };
  for (const file of [PROVIDER, ...files]) {
    await copyFile(join(import.meta.dirname, "terraform", file), join(folder, file));
  }
  await writeFile(settings.TF_CLI_CONFIG_FILE, `provider_installation {\n  filesystem_mirror { path = "${mirror}" }\n}\n`);
  const terraform = (command: string, ...args: readonly string[]) =>
    run("terraform", [`-chdir=${folder}`, command, "-no-color", ...args], { env });
  const set = (variables: Readonly<Record<string, string>> = {}) => [
    "-input=false",
    `-var=endpoint=${scene.server.url}`,
    ...Object.entries(variables).map(([name, value]) => `-var=${name}=${value}`),
  ];
  await terraform("init");
  return {
    apply: async (variables) => void (await terraform("apply", "-auto-approve", ...set(variables))),
    async destroy(variables, resource) {
      const target = resource === undefined ? [] : [`-target=${resource}`];
      await terraform("destroy", "-auto-approve", ...target, ...set(variables));
    },
    // It ends with 2, which is a failure here, when it would change something.
    assertNoDrift: async (variables) => void (await terraform("plan", "-detailed-exitcode", ...set(variables))),
    async outputs() {
      const values = JSON.parse(await terraform("output", "-json")) as Record<string, { readonly value: unknown }>;
      return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]));
    },
  };
}
