import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RegistryError } from "../kernel/errors.ts";
import { evaluate, type ImageFacts } from "./evaluate.ts";
import { parseLifecyclePolicy } from "./parse-policy.ts";

// Policies as people write them: what each keeps and lets go, with the images that they have.

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW_MS = Date.UTC(2026, 0, 1);

const EXPIRE = { type: "expire" };
const UNTAGGED = { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days" };

function image(digest: string, tags: readonly string[], pushedDaysAgo: number): ImageFacts {
  const times = { pushed_ms: NOW_MS - pushedDaysAgo * DAY_MS, pulled_ms: null, archived_ms: null, activated_ms: null };
  return { digest, tags, ...times, status: "ACTIVE", children: [], subject: null, lock: null, used_ms: null };
}

/** The rule that takes each image that goes. */
function gone(text: string, images: readonly ImageFacts[]): Readonly<Record<string, number | undefined>> {
  const verdicts = evaluate(parseLifecyclePolicy(text), images, NOW_MS).filter((it) => it.action === "EXPIRE");
  return Object.fromEntries(verdicts.map((it) => [it.digest, it.rule?.priority]));
}

describe("an enterprise's policy with Chinese descriptions", () => {
  const tagged = (...tagPrefixList: string[]) => ({ tagStatus: "tagged", tagPrefixList });
  const text = JSON.stringify(
    {
      rules: [
        { rulePriority: 1, description: "清理未标记的镜像", selection: { ...UNTAGGED, countNumber: 7 }, action: EXPIRE },
        {
          rulePriority: 2,
          description: "保留最新的生产镜像",
          selection: { ...tagged("prod-", "release-"), countType: "imageCountMoreThan", countNumber: 50 },
          action: EXPIRE,
        },
        {
          rulePriority: 3,
          description: "清理开发环境旧镜像",
          selection: { ...tagged("dev-", "feature-"), countType: "sinceImagePushed", countUnit: "days", countNumber: 30 },
          action: EXPIRE,
        },
        {
          rulePriority: 4,
          description: "基于镜像大小的清理策略",
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1000 },
          action: EXPIRE,
        },
      ],
    },
    undefined,
    2,
  );

  test("its descriptions come back as they were written", () => {
    assert.deepEqual(
      parseLifecyclePolicy(text).rules.map((it) => it.description),
      ["清理未标记的镜像", "保留最新的生产镜像", "清理开发环境旧镜像", "基于镜像大小的清理策略"],
    );
  });

  test("two prefixes in a rule want both, so an image with one of them is not selected by it", () => {
    const both = Array.from({ length: 52 }, (_, i) => image(`both-${i}`, [`prod-${i}`, `release-${i}`], i));
    const one = Array.from({ length: 60 }, (_, i) => image(`prod-only-${i}`, [`prod-only-${i}`], 100 + i));
    const dev = [image("dev", ["dev-1"], 40), image("dev-and-feature", ["dev-2", "feature-2"], 40)];
    const untagged = [image("untagged-new", [], 7), image("untagged-old", [], 8)];
    assert.deepEqual(gone(text, [...both, ...one, ...dev, ...untagged]), {
      "both-50": 2,
      "both-51": 2,
      "dev-and-feature": 3,
      "untagged-old": 1,
    });
  });

  test("the last rule keeps a thousand, and counts also what the others have taken", () => {
    const images = Array.from({ length: 1_003 }, (_, i) => image(`i-${i}`, [`v${i}`], i / 10));
    assert.deepEqual(gone(text, [...images, image("untagged-old", [], 50)]), {
      "untagged-old": 1,
      "i-999": 4,
      "i-1000": 4,
      "i-1001": 4,
      "i-1002": 4,
    });
  });
});

test("the last thirty untagged images stay", () => {
  const rules = [
    {
      rulePriority: 1,
      description: "Keep last 30 images",
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 30 },
      action: EXPIRE,
    },
  ];
  const images = [...Array.from({ length: 31 }, (_, i) => image(`i-${i}`, [], i)), image("tagged", ["v1"], 99)];
  assert.deepEqual(gone(JSON.stringify({ rules }), images), { "i-30": 1 });
});

describe("a policy with a comment before it", () => {
  const policy = `{
"rules": [
{
"rulePriority": 1,
"description": "Remove untagged images after 1 day",
"selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
"action": { "type": "expire" }
},
{
"rulePriority": 2,
"description": "Keep only 30 tagged images",
"selection": {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 30},
"action": { "type": "expire" }
}
]
}`;
  const commented = `// Lifecycle policy - keep last 30 tagged images, delete untagged after 1 day\n${policy}`;

  test("is refused with the place where its JSON breaks", () => {
    assert.throws(() => parseLifecyclePolicy(commented), isRefusedAt("line 1, column 1", "'/'"));
    const within = policy.replace('"rulePriority": 2,', '"rulePriority": 2, // the second');
    assert.throws(() => parseLifecyclePolicy(within), isRefusedAt("line 10, column 20", "'/'"));
  });

  test("is good without it", () => {
    const versions = Array.from({ length: 31 }, (_, i) => image(`v-${i}`, [`v${i}`], i));
    assert.deepEqual(gone(policy, [...versions, image("new", [], 1), image("old", [], 2)]), { old: 1, "v-30": 2 });
  });

  function isRefusedAt(place: string, found: string): (error: unknown) => boolean {
    return (error) =>
      error instanceof RegistryError &&
      error.code === "InvalidParameterException" &&
      error.message.includes(`The JSON breaks at ${place}: `) &&
      error.message.endsWith(`but ${found} was found.`);
  }
});
