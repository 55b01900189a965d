import { describe, expect, it } from "vitest";

import type { TriggerHook } from "../../core/trigger-hook.ts";
import type { Person } from "../../ports/people.ts";
import { personOf } from "./pusher.ts";
import { reportTo } from "./report-to.ts";

const hook = (name: string, rest: Partial<TriggerHook> = {}): TriggerHook => ({
  name,
  forge: "github",
  secrets: ["HOOK"],
  token: "TOKEN",
  ...rest,
});

describe("what becomes of a commit", () => {
  const github = hook("github", { api: "https://api.github.com" });
  const own = hook("own", { forge: "gitea", api: "https://git.example.com/api/v1" });
  const { token: _, ...mute } = hook("mute", { api: "https://api.github.com" });

  it.each([
    ["git@github.com:Acme/Orders.git", undefined, { hook: "github", repository: "acme/orders" }],
    ["ssh://git@ssh.github.com:443/acme/orders", undefined, { hook: "github", repository: "acme/orders" }],
    ["https://git.example.com/a/b/c.git", undefined, { hook: "own", repository: "a/b/c" }],
    ["https://elsewhere.example/acme/orders", "own", { hook: "own", repository: "acme/orders" }],
    ["https://elsewhere.example/acme/orders", undefined, undefined],
    ["https://github.com.evil.example/acme/orders", undefined, undefined],
    ["/srv/git/orders.git", "github", undefined],
  ])("of %s, told by %s, is shown by %j", (address, told, expected) => {
    expect(reportTo(address, [mute, github, own], told)).toEqual(expected);
  });

  it("is not shown without a token", () => {
    expect(reportTo("git@github.com:acme/orders.git", [mute], "mute")).toBeUndefined();
  });
});

describe("who pushed", () => {
  const people = [
    { login: "kim", commitMails: ["kim@acme.example"] },
    { login: "lee", commitMails: [] },
  ] as unknown as readonly Person[];

  it.each([
    [{ mail: "KIM@acme.example", login: "lee" }, "kim"],
    [{ login: "Lee" }, "lee"],
    [{ mail: "park@acme.example", login: "park" }, undefined],
    [{ name: "kim" }, undefined],
    [{}, undefined],
  ])("as %j is %s", (pusher, expected) => {
    expect(personOf(pusher, people)).toBe(expected);
  });
});
