import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { findCredentials } from "../../server/commands/aws-profile.ts";
import { callLongshore } from "../../server/commands/call-longshore.ts";
import { assertOutput } from "../../server/testing/model.ts";
import { freePort } from "../longshore.ts";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const MANIFEST = join(ROOT, "deploy/kubernetes/in-use-report.yaml");
const NOT_OURS = `docker.io/library/nginx@sha256:${"0".repeat(64)}`;

/** The script of the CronJob, out of the ConfigMap that holds it. */
async function script(): Promise<string> {
  const text = await readFile(MANIFEST, "utf8");
  const [, block = ""] = /^ {2}report\.sh: \|\n((?: {4}.*\n|\n)+)/m.exec(text) ?? [];
  assert.ok(block.length > 100, "the script was not found");
  return block.replaceAll(/^ {4}/gm, "");
}

describe("what a cluster runs is reported", { skip: without("tar") }, () => {
  let scene: Scene;
  let digests: string[];
  const references = () => digests.map((digest) => `${scene.host}/app@${digest}`);

  before(async () => {
    scene = await setScene();
    await scene.createRepository("app");
    digests = [];
    for (const imageTag of ["v1", "v2"]) {
      const layout = await makeLayout(await scene.folder(imageTag), ["amd64"]);
      await pushLayout(scene.server.ecr, "app", { layout, imageTag });
      digests.push(layout.root.digest);
    }
  });
  after(() => scene[Symbol.asyncDispose]());

  async function clustersOf(digest: string | undefined): Promise<string[]> {
    const server = {
      endpoint: new URL(scene.server.url),
      region: "us-east-1",
      credentials: findCredentials(awsEnvironment(scene)),
    };
    const answer = (await callLongshore(server, "DescribeImagesInUse", { repositoryName: "app" })) as {
      imagesInUse: { imageDigest: string; clusters: { clusterName: string }[] }[];
    };
    const found = answer.imagesInUse.find((it) => it.imageDigest === digest);
    return (found?.clusters ?? []).map((it) => it.clusterName);
  }

  const report = (args: readonly string[], input = "") =>
    run(process.execPath, [join(ROOT, "server/main.ts"), "in-use", "report", ...args], { env: awsEnvironment(scene), input });

  test("by the command, from words and from its input", async () => {
    const where = ["--endpoint", scene.server.url];
    const said = await report(["--cluster", "words", ...where, ...references(), NOT_OURS]);
    assert.match(
      said,
      /^Images of localhost:[0-9]+ that words uses: 2\. References that name none of them by its digest: 1 of 3\.\n$/,
    );
    const [first = ""] = references();
    const answer = await report(["--cluster", "lines", ...where, "--json"], `${first}\n\n${first}\n${NOT_OURS}\n`);
    assert.deepEqual(JSON.parse(answer), { recordedCount: 1, unknownImages: [NOT_OURS] });
    assert.deepEqual(await clustersOf(digests[0]), ["lines", "words"]);
    assert.deepEqual(await clustersOf(digests[1]), ["words"]);
  });

  test("by the command, which says why it cannot", async () => {
    const [first = ""] = references();
    await assert.rejects(report(["--endpoint", scene.server.url, first]), /--cluster <name>/);
    await assert.rejects(report(["--cluster", "a", first]), /--endpoint <url>/);
    await assert.rejects(
      report(["--cluster", "a", "--endpoint", `http://127.0.0.1:${await freePort()}`, first]),
      /does not answer \(ECONNREFUSED\)/,
    );
    await assert.rejects(
      report(["--cluster", "a b", "--endpoint", scene.server.url, first]),
      /refused ReportImagesInUse: .*clusterName/,
    );
  });

  test("clients of ECR read the details of an image in use, and drop what they do not know", async () => {
    const { imageDetails } = await scene.server.ecr.send(new DescribeImagesCommand({ repositoryName: "app" }));
    assert.equal(imageDetails?.length, 2);
    for (const cli of [findCli(1), findCli(2)].filter((it) => it !== undefined)) {
      const args = ["ecr", "describe-images", "--repository-name", "app", "--endpoint-url", scene.server.url, "--output", "json"];
      const printed = JSON.parse(await run(cli, args, { env: awsEnvironment(scene) }));
      assert.equal(printed.imageDetails.length, 2);
      assertOutput("DescribeImages", printed, { times: "as the CLI prints them" });
    }
  });

  describe("by the script of the CronJob", { skip: without("curl", "sh") }, () => {
    const start = async (path: string, env: Record<string, string> = {}) => {
      const { accessKeyId, secretAccessKey } = scene.server.credentials;
      const set = {
        PATH: `${path}:${process.env["PATH"]}`,
        LONGSHORE_ENDPOINT: scene.server.url,
        AWS_REGION: "us-east-1",
        CLUSTER_NAME: "kube",
        REGISTRY_ID: "",
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      };
      return run("sh", ["-c", await script()], { env: { ...set, ...env } });
    };

    async function kubectlThatSays(name: string, lines: readonly string[]): Promise<string> {
      const folder = await scene.folder(name);
      await writeFile(join(folder, "out"), lines.map((it) => `${it}\n`).join(""));
      await writeFile(join(folder, "kubectl"), `#!/bin/sh\ncat "${folder}/out"\n`);
      await chmod(join(folder, "kubectl"), 0o755);
      return folder;
    }

    test("what kubectl says is reported, each image once, in as many reports as it takes", async () => {
      const others = Array.from({ length: 600 }, (_, at) => `docker.io/other@sha256:${String(at).padStart(64, "0")}`);
      const lines = ["", "  ", ...references(), ...references(), "docker-pullable://localhost/x@sha256:12", ...others];
      const said = await start(await kubectlThatSays("many", lines));
      assert.match(said, /^Reported 603 images that kube runs\.\n$/);
      assert.ok((await clustersOf(digests[0])).includes("kube"));
      assert.ok((await clustersOf(digests[1])).includes("kube"));
    });

    test("a cluster without a pod is no failure", async () => {
      assert.match(await start(await kubectlThatSays("none", [])), /^Reported 0 images/);
    });

    test("a refusal is told, and the job fails", async () => {
      const folder = await kubectlThatSays("refused", references());
      await assert.rejects(
        start(folder, { AWS_SECRET_ACCESS_KEY: "wrong" }),
        /Longshore refused the report \(400\): .*signature/i,
      );
    });

    test("kubectl reads its pods as the script asks", { skip: without("kubectl") }, async () => {
      const [first, second] = references();
      const pods = await servePods([
        { containerStatuses: [{ imageID: first }, { imageID: "" }], initContainerStatuses: [{ imageID: second }] },
        { ephemeralContainerStatuses: [{ imageID: NOT_OURS }] },
        {},
      ]);
      try {
        const folder = await scene.folder("kube");
        await writeFile(join(folder, "config"), kubeconfig((pods.address() as AddressInfo).port));
        const said = await start(folder, { KUBECONFIG: join(folder, "config"), HOME: folder, CLUSTER_NAME: "real" });
        assert.match(said, /^Reported 3 images that real runs\.\n$/);
        assert.ok((await clustersOf(digests[1])).includes("real"));
      } finally {
        pods.close();
      }
    });
  });
});

/** As much of Kubernetes's API as `kubectl get pods` asks for. */
async function servePods(statuses: readonly object[]): Promise<Server> {
  const items = statuses.map((status, at) => ({ metadata: { name: `pod-${at}`, namespace: "default" }, status }));
  const answers: Readonly<Record<string, object>> = {
    "/version": { major: "1", minor: "34", gitVersion: "v1.34.1" },
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [] },
    "/api/v1": {
      kind: "APIResourceList",
      groupVersion: "v1",
      resources: [{ name: "pods", singularName: "pod", namespaced: true, kind: "Pod", verbs: ["get", "list"] }],
    },
    "/api/v1/pods": { kind: "PodList", apiVersion: "v1", metadata: {}, items },
  };
  const server = createServer((request, response) => {
    const answer = answers[(request.url ?? "").split("?")[0] ?? ""];
    response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function kubeconfig(port: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: `http://127.0.0.1:${port}` } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    users: [{ name: "test", user: {} }],
    "current-context": "test",
  });
}
