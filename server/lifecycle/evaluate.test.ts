import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { finish } from "../kernel/steps.ts";
import { evaluate, type ImageFacts, startEvaluation } from "./evaluate.ts";
import type { LifecyclePolicy, LifecycleRule } from "./policy.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW_MS = Date.UTC(2026, 0, 1);

const ago = (days: number): number => NOW_MS - days * DAY_MS;

function image(digest: string, tags: readonly string[], pushedDaysAgo: number, more: Partial<ImageFacts> = {}): ImageFacts {
  return {
    digest,
    tags,
    pushed_ms: ago(pushedDaysAgo),
    pulled_ms: null,
    archived_ms: null,
    activated_ms: null,
    status: "ACTIVE",
    children: [],
    subject: null,
    lock: null,
    used_ms: null,
    ...more,
  };
}

/** Rules by priority: what they select, what they count, and what they do. */
function policy(...rules: readonly Pick<LifecycleRule, "tags" | "count">[] | readonly Partial<LifecycleRule>[]): LifecyclePolicy {
  return {
    rules: rules.map((it, index) => ({
      priority: index + 1,
      description: undefined,
      tags: "any",
      storageClass: "STANDARD",
      count: moreThan(1),
      action: "EXPIRE",
      ...it,
    })),
  };
}

const patterns = (...texts: readonly string[]) => texts.map((text) => ({ kind: "pattern", text }) as const);
const moreThan = (images: number) => ({ type: "imageCountMoreThan", images }) as const;
const pushed = (days: number) => ({ type: "sinceImagePushed", days }) as const;
const pulled = (days: number) => ({ type: "sinceImagePulled", days }) as const;
const transitioned = (days: number) => ({ type: "sinceImageTransitioned", days }) as const;

/** Which images go, as `digest` for one that expires and `digest>` for one that is archived. */
function gone(of: LifecyclePolicy, images: readonly ImageFacts[]): string {
  return evaluate(of, images, NOW_MS)
    .filter((it) => it.action !== undefined)
    .map((it) => (it.action === "EXPIRE" ? it.digest : `${it.digest}>`))
    .join(" ");
}

function verdict(of: LifecyclePolicy, images: readonly ImageFacts[], digest: string): string {
  const found = evaluate(of, images, NOW_MS).find((it) => it.digest === digest);
  return [found?.action, found?.rule?.priority, found?.because, found?.by].join(" ");
}

describe("the worked examples of ECR's user guide", () => {
  const three = [image("A", ["beta-1", "prod-1"], 10), image("B", ["beta-2", "prod-2"], 9), image("C", ["beta-3"], 8)];
  const prod = { tags: patterns("prod*"), count: moreThan(1) };
  const beta = { tags: patterns("beta*"), count: moreThan(1) };

  test("several rules: an image that a higher rule keeps is not touched by a lower one", () => {
    assert.equal(gone(policy(prod, beta), three), "A");
    assert.equal(gone(policy(beta, prod), three), "A B");
  });

  test("several patterns in one rule: each has to match", () => {
    const ages = [
      image("A", ["alpha-1"], 12),
      image("B", ["beta-1"], 11),
      image("C", ["alpha-2", "beta-2"], 10),
      image("D", ["alpha-3"], 4),
      image("E", ["beta-3"], 3),
      image("F", ["alpha-4", "beta-4"], 2),
    ];
    assert.equal(gone(policy({ tags: patterns("alpha*", "beta*"), count: pushed(5) }), ages), "C");
    const counts = [
      image("A", ["alpha-1", "beta-1", "gamma-1"], 10),
      image("B", ["alpha-2", "beta-2"], 9),
      image("C", ["alpha-3", "beta-3", "gamma-2"], 8),
    ];
    assert.equal(gone(policy({ tags: patterns("alpha*", "beta*") }), counts), "A B");
  });

  test("all images", () => {
    const images = [image("A", ["alpha-1"], 4), image("B", ["beta-1"], 3), image("C", [], 2), image("D", ["alpha-2"], 1)];
    assert.equal(gone(policy({}), images), "A B C");
  });

  test("tagged, untagged and the rest", () => {
    const images = [
      image("A", ["alpha-1", "beta-1"], 4),
      image("B", [], 3),
      image("C", ["alpha-2"], 2),
      image("D", ["githash"], 1),
      image("E", [], 0.5),
    ];
    const rules = policy({ tags: patterns("alpha*") }, { tags: "untagged", count: pushed(1) }, { tags: "any" });
    assert.equal(gone(rules, images), "A B D");
  });

  test("images that nobody pulls are archived", () => {
    const images = [image("A", [], 200, { pulled_ms: ago(91) }), image("B", [], 200, { pulled_ms: ago(89) }), image("C", [], 91)];
    assert.equal(gone(policy({ count: pulled(90), action: "TRANSITION" }), images), "A> C>");
  });

  test("into the archive, and out of it for good", () => {
    const images = [
      image("A", [], 31),
      image("B", [], 29),
      image("C", [], 500, { status: "ARCHIVED", archived_ms: ago(366) }),
      image("D", [], 500, { status: "ARCHIVED", archived_ms: ago(364) }),
    ];
    const rules = policy({ count: pushed(30), action: "TRANSITION" }, { storageClass: "ARCHIVE", count: transitioned(365) });
    assert.equal(gone(rules, images), "A> C");
  });
});

describe("times", () => {
  test("an image is due when it is older than the days, not when it is as old", () => {
    assert.equal(gone(policy({ count: pushed(7) }), [image("A", [], 7), image("B", [], 7 + 1 / DAY_MS)]), "B");
  });

  test("an image that was restored is as old as that", () => {
    const restored = image("A", [], 100, { activated_ms: ago(5), archived_ms: ago(50) });
    assert.equal(gone(policy({ count: pushed(7) }), [restored, image("B", [], 8)]), "B");
    assert.equal(gone(policy({ count: moreThan(1) }), [restored, image("B", [], 8)]), "B");
    assert.equal(gone(policy({ count: pulled(7), action: "TRANSITION" }), [{ ...restored, pulled_ms: ago(60) }]), "");
    assert.equal(gone(policy({ count: pulled(4), action: "TRANSITION" }), [{ ...restored, pulled_ms: ago(3) }]), "");
    assert.equal(gone(policy({ count: pulled(2), action: "TRANSITION" }), [{ ...restored, pulled_ms: ago(3) }]), "A>");
  });

  test("nothing is deleted that has been in the archive for less than 90 days", () => {
    const archived = (days: number) => image("A", [], 500, { status: "ARCHIVED", archived_ms: ago(days) });
    const rules = policy({ storageClass: "ARCHIVE", count: transitioned(1) });
    assert.equal(gone(rules, [archived(89)]), "");
    assert.equal(gone(rules, [archived(91)]), "A");
    assert.equal(gone(rules, [{ ...archived(91), archived_ms: null }]), "");
  });

  test("an image that is being restored is in no storage class", () => {
    const images = [image("A", [], 500, { status: "ACTIVATING", archived_ms: ago(400) })];
    assert.equal(gone(policy({ count: pushed(1) }, { storageClass: "ARCHIVE", count: transitioned(1) }), images), "");
  });

  test("of images of one moment the same one stays, in whatever order they come", () => {
    const images = [image("B", [], 1), image("A", [], 1)];
    assert.equal(gone(policy({}), images), "B");
    assert.equal(gone(policy({}), images.toReversed()), "B");
  });
});

describe("indexes and referrers", () => {
  const old = policy({ count: pushed(5) });

  test("what an index lists stays while the index stays, however deep", () => {
    const images = [image("A", [], 9), image("B", [], 9, { children: ["A"] }), image("C", ["v1"], 1, { children: ["B"] })];
    assert.equal(gone(old, images), "");
    assert.equal(verdict(old, images, "A"), " 1 held B");
    assert.equal(gone(old, [...images.slice(0, 2), image("C", ["v1"], 9, { children: ["B"] })]), "A B C");
  });

  test("what two indexes list goes with the second", () => {
    const images = [image("A", [], 9), image("B", [], 9, { children: ["A"] }), image("C", [], 1, { children: ["A"] })];
    assert.equal(gone(old, images), "B");
  });

  test("what an index lists still counts", () => {
    const images = [image("A", [], 3), image("B", [], 2), image("C", ["v1"], 1, { children: ["A", "B"] })];
    assert.equal(gone(policy({ tags: "untagged" }), [...images, image("D", [], 4)]), "D");
  });

  test("what an archived index lists may be archived, and may not expire", () => {
    const index = image("B", [], 9, { status: "ARCHIVED", archived_ms: ago(1), children: ["A"] });
    assert.equal(gone(policy({ count: pushed(5), action: "TRANSITION" }), [image("A", [], 9), index]), "A>");
    assert.equal(gone(old, [image("A", [], 9), index]), "");
  });

  test("a referrer goes where its subject goes, and no rule selects it", () => {
    const images = [
      image("A", ["v1"], 9),
      image("B", [], 1, { subject: "A" }),
      image("C", [], 1, { subject: "B" }),
      image("D", ["v2"], 1),
      image("E", [], 9, { subject: "D" }),
    ];
    assert.equal(gone(old, images), "A B C");
    assert.equal(verdict(old, images, "C"), "EXPIRE 1 follows B");
    assert.equal(verdict(old, images, "E"), " 1 follows D");
    assert.equal(gone(policy({ count: pushed(5), action: "TRANSITION" }), images), "A> B> C>");
    assert.equal(gone(policy({ tags: "untagged", count: pushed(5) }), images), "");
    assert.equal(gone(policy({ count: moreThan(2) }), images), "");
    assert.equal(verdict(policy({ tags: patterns("v1") }), images, "E"), "  follows D");
  });

  test("a referrer of an image that is not there is an image like any other", () => {
    assert.equal(gone(old, [image("A", [], 9, { subject: "gone" })]), "A");
  });

  test("a referrer of an image that an index holds stays with it", () => {
    const images = [image("A", [], 9), image("B", [], 9, { subject: "A" }), image("C", ["v1"], 1, { children: ["A"] })];
    assert.equal(gone(old, images), "");
    assert.equal(verdict(old, images, "B"), " 1 held A");
  });

  test("an index that lists its own subject goes with it", () => {
    assert.equal(gone(old, [image("A", ["v1"], 9), image("B", [], 1, { subject: "A", children: ["A"] })]), "A B");
  });
});

describe("what is protected", () => {
  const old = policy({ count: pushed(5) });

  test("a locked image stays, with what it lists and its referrers, and says by which resource tag", () => {
    const images = [
      image("A", [], 9),
      image("B", ["v1"], 9, { children: ["A"], lock: "longshore:lock-tag:v1" }),
      image("C", [], 9, { subject: "B" }),
      image("D", [], 9),
    ];
    assert.equal(gone(old, images), "D");
    assert.equal(verdict(old, images, "B"), " 1 locked longshore:lock-tag:v1");
    assert.equal(verdict(old, images, "A"), " 1 held B");
    assert.equal(verdict(old, images, "C"), " 1 follows B");
  });

  test("an image in use stays, and is not put into the archive either", () => {
    const images = [image("A", [], 9, { used_ms: ago(1) }), image("B", [], 9)];
    assert.equal(gone(old, images), "B");
    assert.equal(verdict(old, images, "A"), " 1 in-use ");
    assert.equal(gone(policy({ count: pushed(5), action: "TRANSITION" }), images), "B>");
  });

  test("a referrer that is locked stays where its subject goes, and so do its own referrers", () => {
    const images = [image("A", [], 9), image("B", [], 9, { subject: "A", lock: "lock" }), image("C", [], 9, { subject: "B" })];
    assert.equal(gone(old, images), "A");
  });

  test("it counts like any other, and one that would stay anyway says what it would say", () => {
    const images = [image("A", [], 3), image("B", [], 2), image("C", [], 1, { lock: "lock" })];
    assert.equal(gone(policy({}), images), "A B");
    assert.equal(verdict(policy({}), images, "C"), " 1 kept ");
  });
});

describe("what was true may have changed", () => {
  const start = (of: LifecyclePolicy, images: readonly ImageFacts[]) => {
    const evaluation = startEvaluation(of, NOW_MS);
    for (const it of images) evaluation.add(it);
    finish(evaluation.judge());
    return evaluation;
  };

  test("what is due by number rests on the newest that stay, and what is due by age on nothing", () => {
    const images = [image("A", ["a-1"], 4), image("B", ["a-2"], 3), image("C", [], 9), image("D", ["a-3"], 1)];
    const rules = policy(
      { tags: patterns("a*"), count: moreThan(2) },
      { tags: "untagged", count: pushed(5) },
      { count: moreThan(9) },
    );
    assert.deepEqual(start(rules, images).witnesses().toSorted(), ["B", "D"]);
  });

  test("a witness is where it was while the same rules select it at the same time", () => {
    const witness = image("B", ["a-2"], 3);
    const { isWhereItWas } = start(policy({ tags: patterns("a*") }), [image("A", ["a-1"], 4), witness]);
    assert.ok(isWhereItWas({ ...witness, tags: ["a-3", "x"], pulled_ms: NOW_MS }));
    assert.ok(!isWhereItWas({ ...witness, tags: ["x"] }));
    assert.ok(!isWhereItWas({ ...witness, status: "ARCHIVED" }));
    assert.ok(!isWhereItWas({ ...witness, activated_ms: NOW_MS }));
    assert.ok(!isWhereItWas(image("Z", ["a-2"], 3)));
  });

  test("an image is still due when nothing was done to it", () => {
    const due = image("A", ["v1"], 9);
    const byAge = start(policy({ count: pulled(5), action: "TRANSITION" }), [due]);
    const byNumber = start(policy({}), [due, image("B", [], 1)]);
    for (const { isStillDue } of [byAge, byNumber]) {
      assert.ok(isStillDue(due));
      assert.ok(!isStillDue({ ...due, tags: ["v2"] }));
      assert.ok(!isStillDue({ ...due, tags: ["v1", "v2"] }));
      assert.ok(!isStillDue({ ...due, status: "ACTIVATING" }));
      assert.ok(!isStillDue({ ...due, lock: "lock" }));
      assert.ok(!isStillDue({ ...due, used_ms: NOW_MS }));
    }
    assert.ok(!byAge.isStillDue({ ...due, pulled_ms: NOW_MS }));
    assert.ok(byNumber.isStillDue({ ...due, pulled_ms: NOW_MS }));
  });
});

test("a verdict tells when an image is due by age, or how many newer ones there are", () => {
  const images = [image("A", ["v1"], 3), image("B", [], 2), image("C", [], 1)];
  const found = evaluate(policy({ tags: patterns("v*"), count: pushed(5) }, { count: moreThan(2) }), images, NOW_MS);
  assert.deepEqual(
    found.map((it) => [it.due_ms, it.newer]),
    [
      [ago(3) + 5 * DAY_MS, undefined],
      [undefined, 1],
      [undefined, 0],
    ],
  );
});

test("each verdict says why", () => {
  const rules = policy({ tags: patterns("v*"), count: moreThan(1) });
  const images = [image("A", ["v1"], 3), image("B", ["v2"], 2), image("C", ["x"], 1)];
  assert.deepEqual(
    images.map((it) => verdict(rules, images, it.digest)),
    ["EXPIRE 1 due ", " 1 kept ", "  unselected "],
  );
});

test("100,000 images with twenty rules are judged without work that grows with their square", () => {
  const rules = policy(...Array.from({ length: 19 }, (_, i) => ({ tags: patterns(`*-${i}-*`), count: moreThan(100) })), {});
  const images = Array.from({ length: 100_000 }, (_, i) => image(`sha256:${i}`, [`build-${i % 25}-${i}`], i / 1000));
  assert.equal(evaluate(rules, images, NOW_MS).filter((it) => it.action === undefined).length, 19 * 100);
});
