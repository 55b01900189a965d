import { describe, expect, it } from "vitest";

import type { PushEvent } from "./trigger-push.ts";
import { pushKey, readFullRef } from "./trigger-push.ts";
import type { TriggerRule } from "./trigger.ts";
import { countsAmong, isDeployedBy, whereToLook } from "./trigger.ts";

const aPush = (changes: Partial<PushEvent> = {}): PushEvent => ({
  repository: {
    name: "acme/orders",
    addresses: ["https://git.example/acme/orders.git", "ssh://git@git.example:2222/acme/orders.git"],
  },
  ref: { kind: "branch", name: "main" },
  change: "moved",
  before: "a".repeat(40),
  after: "b".repeat(40),
  forced: false,
  pusher: { login: "kim" },
  authors: [],
  authorsComplete: false,
  changedPaths: "unknown",
  ...changes,
});

const aRule = (changes: Partial<TriggerRule> = {}): TriggerRule => ({
  service: "orders",
  environment: "dev",
  repository: "git@git.example:acme/orders.git",
  on: "push",
  branches: ["main"],
  tags: [],
  ...changes,
});

describe("where a push is looked at", () => {
  const look = (push: Partial<PushEvent>, ...rules: Partial<TriggerRule>[]): readonly string[] =>
    whereToLook(aPush(push), rules.map(aRule)).map((one) =>
      one.kind === "look" ? `look: ${one.words}` : `${one.because}: ${one.words}`,
    );

  it("is every environment that its branch belongs to, whichever form the address has", () => {
    expect(
      look(
        {},
        {},
        { environment: "stage", repository: "https://GIT.example/acme/orders" },
        { service: "billing", repository: "ssh://git@git.example/acme/billing" },
        { environment: "production", branches: ["release/*"] },
      ),
    ).toEqual([
      "look: orders@dev: the branch main was moved",
      "look: orders@stage: the branch main was moved",
      "other-ref: orders@production: the branch main is not deployed here",
    ]);
  });

  it("is nowhere for a repository that nobody has as source", () => {
    expect(look({}, { repository: "git@git.example:acme/billing.git" }, { repository: "no address" })).toEqual([]);
  });

  it("tells a tag from a branch of the same name", () => {
    const tag = { ref: { kind: "tag", name: "v1.2.0" }, change: "created" } as const;
    expect(look(tag, { branches: ["**"] }, { branches: [], tags: ["v*"] })).toEqual([
      "other-ref: orders@dev: the tag v1.2.0 is not deployed here",
      "look: orders@dev: the tag v1.2.0 was created",
    ]);
  });

  it("is nowhere for a deleted branch, and where deployments wait for a request", () => {
    expect(look({ change: "deleted" }, {}, { on: "request" }, { branches: ["x"] })).toEqual([
      "deleted-ref: orders@dev: the branch main was deleted, what serves stays",
      "on-request: orders@dev: the branch main is deployed here when somebody asks for it",
      "other-ref: orders@dev: the branch main is not deployed here",
    ]);
  });

  it("is asked by name for what no webhook told of", () => {
    expect(isDeployedBy(aRule({ branches: ["release/*"] }), { kind: "branch", name: "release/7" })).toBe(true);
    expect(isDeployedBy(aRule({ branches: ["release/*"] }), { kind: "tag", name: "release/7" })).toBe(false);
  });
});

describe("the paths that count", () => {
  it.each([
    [[], [], ["a"], true],
    [[], [], [], false],
    [["src/**"], [], ["docs/a", "src/a"], true],
    [["src/**"], [], ["docs/a"], false],
    [[], ["docs/**", "**/*.md"], ["docs/a", "README.md"], false],
    [[], ["docs/**"], ["docs/a", "src/a"], true],
    [["src/**"], ["**/*.md"], ["src/a.md"], false],
  ])("include %j, exclude %j, changed %j: %s", (include, exclude, paths, expected) => {
    expect(countsAmong({ include, exclude }, paths)).toBe(expected);
  });
});

describe("a ref", () => {
  it.each([
    "refs/heads/main",
    "refs/heads/feature/a.b-c_d",
    "refs/tags/v1.2.0",
    "refs/heads/기능/주문",
    "refs/heads/a@b",
  ])("is read: %s", (text) => {
    expect(readFullRef(text)).toBeDefined();
  });

  it.each([
    "main",
    "refs/heads/",
    "refs/pull/1/head",
    "refs/notes/x",
    "refs/heads/-x",
    "refs/heads/a/-x",
    "refs/heads/a..b",
    "refs/heads/a b",
    "refs/heads/a\nb",
    "refs/heads/a\u202eb",
    "refs/heads/a\u200bb",
    "refs/heads/\ud800",
    "refs/heads/a~1",
    "refs/heads/a:b",
    "refs/heads/a*",
    "refs/heads/a\\b",
    "refs/heads/@",
    "refs/heads/a@{1}",
    "refs/heads/a.lock",
    "refs/heads/a.lock/b",
    "refs/heads/.a",
    "refs/heads/a.",
    "refs/heads/a//b",
    "refs/heads/a/",
    "refs/heads/cafe\u0301",
    `refs/heads/${"x".repeat(201)}`,
  ])("is never deployed: %j", (text) => {
    expect(readFullRef(text)).toBeUndefined();
  });
});

describe("the key of a push", () => {
  it("is the same however the forge names the repository, and another one for each change", () => {
    const two = ["https://git.example/git/acme/orders", "git@git.example:acme/orders"];
    const named = (addresses: readonly string[]): string => pushKey(aPush({ repository: { name: "x/y", addresses } }));
    expect(named(two)).toBe(named(two.toReversed()));
    const turned = aPush({ repository: { name: "x/y", addresses: aPush().repository.addresses.toReversed() } });
    expect(pushKey(turned)).toBe(pushKey(aPush()));
    expect(pushKey(aPush())).toBe(`git.example/acme/orders refs/heads/main ${"a".repeat(40)} ${"b".repeat(40)}`);
    const others = [
      { before: "c".repeat(40) },
      { after: "c".repeat(40) },
      { ref: { kind: "tag", name: "main" } as const },
      { repository: { name: "x/y", addresses: ["https://git.example/x/y"] } },
    ];
    expect(new Set([aPush(), ...others.map(aPush)].map(pushKey)).size).toBe(5);
  });
});
