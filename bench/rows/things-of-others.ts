import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { findCredentials } from "../../server/commands/aws-profile.ts";
import { signedHead } from "../../server/testing/signed-request.ts";
import { requestOf, type Service } from "../../test/authorization/aws-request.ts";
import { run } from "../../test/programs.ts";
import { type Connection, exchange, openConnection } from "../load/connection.ts";
import { pushSmallImage } from "../load/image.ts";
import { prepare } from "../load/requests.ts";
import type { Peer } from "../peers/peer.ts";
import { below, type Context, median, type Row } from "../row.ts";

const MAIN = join(import.meta.dirname, "../../server/main.ts");
const FIRST = "000000000000";
const OTHER = "222222222222";
/** Has no part in either. */
const THIRD = "333333333333";
/** Of each kind, and so many before the clock starts. */
const LOOK_UPS = 2_000;
const LOOK_UPS_QUICK = 300;
const WARM_UP = 100;
/** Nobody who asks by way of a network can tell so small a difference, in whatever direction, from none. */
const RATIO_MAX = 1.05;
const UNKNOWN_DIGEST = `sha256:${"0".repeat(64)}`;
const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";
const ALLOW_ALL = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: FIRST }, Action: "sts:AssumeRole" }],
});

/** Who signs. */
interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A look-up of something, by the id that another account's has and by one that nobody has. */
interface LookUp {
  readonly kind: string;
  readonly theirs: Buffer;
  readonly nobodys: Buffer;
}

const KINDS = [
  "repository",
  "image",
  "layer",
  "upload",
  "download URL",
  "user",
  "role",
  "policy",
  "OIDC provider",
  "access key",
  "registry token",
  "password of a registry token",
  "denial",
] as const;

/** How long it takes to be refused what another account has, by how long it takes for what nobody has. */
export const thingsOfOthers: readonly Row[] = [
  {
    name: "things-of-others",
    work: "being refused what another account has / what nobody has, alternately, 1 connection, 1 core",
    figures: KINDS.map((kind) => ({ unit: `× the time (${kind})`, target: below(RATIO_MAX) })),
    start: { storage: "memory", pinned: true },
    alone: true,
    rounds: 3,
    async measure(peer, context) {
      const connection = await openConnection(peer.port);
      const lookUps = await arrange(peer, connection, context);
      const count = context.quick ? LOOK_UPS_QUICK : LOOK_UPS;
      const ratios: number[] = [];
      for (const kind of KINDS) {
        const lookUp = lookUps.find((it) => it.kind === kind);
        if (lookUp === undefined) throw new Error(`There is no look-up of a ${kind}.`);
        ratios.push(await measureRatio(connection, lookUp, count));
      }
      connection.close();
      return ratios;
    },
  },
];

/**
 * In pairs, and in each the other one first, so that a machine that is busy for a while is so for both. What counts is the median of
 * the differences, in whatever direction.
 */
async function measureRatio(connection: Connection, { kind, theirs, nobodys }: LookUp, count: number): Promise<number> {
  const statuses = new Set<number>();
  const timed = async (request: Buffer): Promise<number> => {
    const begun = performance.now();
    const { head } = await exchange(connection, request);
    statuses.add(head.status);
    return performance.now() - begun;
  };
  const [differences, times]: [number[], number[]] = [[], []];
  for (let i = 0; i < WARM_UP + count; i++) {
    const turn = i % 2 === 0;
    const one = await timed(turn ? theirs : nobodys);
    const other = await timed(turn ? nobodys : theirs);
    if (i < WARM_UP) continue;
    differences.push(turn ? one - other : other - one);
    times.push(turn ? other : one);
  }
  if (statuses.size !== 1) throw new Error(`A ${kind} of another account is answered ${[...statuses].join(" and ")}.`);
  return 1 + Math.abs(median(differences)) / median(times);
}

/** Makes one of everything in the first account, and somebody in another one who may do all there. */
async function arrange(peer: Peer, connection: Connection, { data }: Context): Promise<readonly LookUp[]> {
  const environment = (profile: string) => ({ AWS_SHARED_CREDENTIALS_FILE: join(data, "credentials"), AWS_PROFILE: profile });
  await run(process.execPath, [MAIN, "account", "create", "--id", OTHER, "--alias", "other", "--data", data]);
  const first = findCredentials(environment("default"));
  const call = async (who: Signer, service: Service, name: string, input: object = {}): Promise<string> => {
    const { head, body } = await exchange(connection, signed(who, service, name, input));
    if (head.status !== 200) throw new Error(`${name} was refused: ${body.toString()}`);
    return body.toString();
  };
  const stranger = await addStranger(call, findCredentials(environment("other")));

  const theirs = { repositoryName: "bench/theirs" };
  const manifest = (await pushSmallImage(peer, theirs.repositoryName)).manifest(0);
  const imageManifest = manifest.body.toString();
  await call(first, "ecr", "PutImage", { ...theirs, imageManifest });
  const layerDigest = JSON.parse(imageManifest).layers[0].digest;
  const { uploadId } = JSON.parse(await call(first, "ecr", "InitiateLayerUpload", theirs));
  await call(first, "iam", "CreateUser", { UserName: "bob" });
  await call(first, "iam", "CreateRole", { RoleName: "bob", AssumeRolePolicyDocument: TRUST });
  await call(first, "iam", "CreatePolicy", { PolicyName: "bob", PolicyDocument: ALLOW_ALL });
  await call(first, "iam", "CreateOpenIDConnectProvider", { Url: "https://bob.example.com" });
  const token = JSON.parse(await call(first, "longshore", "CreateRegistryToken", { name: "robot" }));
  const denied = await exchange(connection, signed(first, "ecr", "ListImages", { ...theirs, registryId: THIRD }));
  await call(stranger, "ecr", "CreateRepository", { repositoryName: "own" });

  const own = { repositoryName: "own" };
  const ask = (kind: string, service: Service, name: string, inputs: readonly [object, object]): LookUp => {
    const [theirs, nobodys] = inputs.map((it) => signed(stranger, service, name, it));
    if (theirs === undefined || nobodys === undefined) throw new Error("Two inputs are needed.");
    return { kind, theirs, nobodys };
  };
  const both = (input: (name: string) => object): readonly [object, object] => [input("bob"), input("bib")];
  const part = (id: string) => ({ ...own, uploadId: id, partFirstByte: 0, partLastByte: 0, layerPartBlob: "YQ==" });
  const layers = (name: string) => (digest: string) => ({ ...own, [name]: name === "layerDigests" ? [digest] : digest });
  return [
    ask("repository", "ecr", "DescribeImages", [
      { registryId: FIRST, ...theirs },
      { registryId: FIRST, repositoryName: "bench/nobody" },
    ]),
    ask("image", "ecr", "DescribeImages", [
      { ...own, imageIds: [{ imageDigest: manifest.digest }] },
      { ...own, imageIds: [{ imageDigest: UNKNOWN_DIGEST }] },
    ]),
    ask("layer", "ecr", "BatchCheckLayerAvailability", [
      layers("layerDigests")(layerDigest),
      layers("layerDigests")(UNKNOWN_DIGEST),
    ]),
    ask("upload", "ecr", "UploadLayerPart", [part(uploadId), part(UNKNOWN_ID)]),
    ask("download URL", "ecr", "GetDownloadUrlForLayer", [
      layers("layerDigest")(layerDigest),
      layers("layerDigest")(UNKNOWN_DIGEST),
    ]),
    ask(
      "user",
      "iam",
      "GetUser",
      both((UserName) => ({ UserName })),
    ),
    ask(
      "role",
      "sts",
      "AssumeRole",
      both((name) => ({ RoleArn: `arn:aws:iam::${FIRST}:role/${name}`, RoleSessionName: "bench" })),
    ),
    ask(
      "policy",
      "iam",
      "GetPolicy",
      both((name) => ({ PolicyArn: `arn:aws:iam::${FIRST}:policy/${name}` })),
    ),
    ask(
      "OIDC provider",
      "iam",
      "GetOpenIDConnectProvider",
      both((name) => ({ OpenIDConnectProviderArn: `arn:aws:iam::${FIRST}:oidc-provider/${name}.example.com` })),
    ),
    ask("access key", "iam", "GetAccessKeyLastUsed", [
      { AccessKeyId: first.accessKeyId },
      { AccessKeyId: `AKIA${"A".repeat(16)}` },
    ]),
    ask("registry token", "longshore", "DeleteRegistryToken", [
      { tokenId: token.registryToken.tokenId },
      { tokenId: `lrt_${"A".repeat(20)}` },
    ]),
    {
      kind: "password of a registry token",
      theirs: login(token.registryToken.tokenId),
      nobodys: login(`lrt_${"A".repeat(20)}`),
    },
    ask("denial", "longshore", "ExplainDecision", [
      { requestId: denied.head.header("x-amzn-requestid") ?? "" },
      { requestId: randomUUID() },
    ]),
  ];
}

/** A user of the other account who may do all in it. */
async function addStranger(
  call: (who: Signer, service: Service, name: string, input: object) => Promise<string>,
  root: Signer,
): Promise<Signer> {
  const UserName = "stranger";
  await call(root, "iam", "CreateUser", { UserName });
  await call(root, "iam", "PutUserPolicy", { UserName, PolicyName: "all", PolicyDocument: ALLOW_ALL });
  const key = await call(root, "iam", "CreateAccessKey", { UserName });
  const [accessKeyId = "", secretAccessKey = ""] = ["AccessKeyId", "SecretAccessKey"].map(
    (name) => new RegExp(`<${name}>([^<]+)<`).exec(key)?.[1],
  );
  return { accessKeyId, secretAccessKey };
}

/** The bytes of a signed request; they are good for minutes, and may be sent again and again. */
function signed(who: Signer, service: Service, name: string, input: object): Buffer {
  const { headers, body } = requestOf(service, name, input);
  const { rawHeaders } = signedHead({ ...who, service, time_ms: Date.now(), headers, body });
  const lines = rawHeaders.flatMap((it, at) => (at % 2 === 0 ? [`${it}: ${rawHeaders[at + 1]}\r\n`] : []));
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`POST / HTTP/1.1\r\n${lines.join("")}${length}\r\n${body}`);
}

/** A request with a password that is in the form of a registry token's, and is nobody's. */
function login(tokenId: string): Buffer {
  const password = `${tokenId}_${randomBytes(32).toString("base64url")}`;
  return prepare("GET", "/v2/", `Authorization: Basic ${Buffer.from(`AWS:${password}`).toString("base64")}\r\n`);
}
