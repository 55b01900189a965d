import { describe, expect, it } from "vitest";

import { aStep } from "../../test/support/step-context.ts";
import type { StepOptions } from "../../test/support/step-context.ts";
import type { Command } from "../ports/hosts.ts";
import { smokeTest } from "./smoke-test.ts";

const slots = { ports: { blue: 8081, green: 8082 }, variable: "PORT" } as const;
const step = {
  kind: "smoke-test",
  hosts: ["web-1", "web-2"],
  slot: "green",
  baseline: { host: "web-1", slot: "blue" },
} as const;
const plan = {
  before: { "web-1": "6-aaaaaaaaaaaa", "web-2": "6-aaaaaaaaaaaa" },
  goal: { "web-1": "7-bbbbbbbbbbbb", "web-2": "7-bbbbbbbbbbbb" },
  previousSmoke: [{ path: "/old", status: 200 }],
};

/** Answers by `<port><path>`: a status, or a status and a body. */
function scene(answers: Readonly<Record<string, string>>, options: StepOptions = {}): ReturnType<typeof aStep> {
  return aStep({
    target: { slots, smoke: [{ path: "/new", status: 200, contains: "hello" }] },
    plan,
    answer: (_host: string, { argv }: Command) => {
      const [status = "000", body = ""] = (answers[`${argv[4]}${argv[5]}`] ?? "").split(/ (.*)/);
      return { stdout: body, stderr: status };
    },
    ...options,
  });
}

const good = { "8082/new": "200 hello", "8082/old": "200 fine", "8081/new": "200 hello" };

describe("smoke requests", () => {
  it("are asked of both releases, each on its own port", async () => {
    const world = scene(good);
    expect(await smokeTest.perform(step, world.context)).toMatchObject({ kind: "done", note: "release 7 answers" });
    expect(world.commands.map(({ host, argv }) => `${host} ${argv[4]} ${argv[5]}`)).toEqual([
      "web-1 8082 /new",
      "web-1 8082 /old",
      "web-1 8081 /new",
    ]);
  });

  it("ask the baseline once, not for each host of the candidate", async () => {
    const world = scene(good, { host: "web-2" });
    await smokeTest.perform(step, world.context);
    expect(world.commands.map(({ host, argv }) => `${host} ${argv[4]} ${argv[5]}`)).toEqual([
      "web-2 8082 /new",
      "web-2 8082 /old",
    ]);
  });

  it.each([
    [
      "its own",
      { ...good, "8082/new": "500 oh" },
      "release 7 does not answer GET /new on web-1 (expected 200, got 500)",
    ],
    [
      "those of its predecessor",
      { ...good, "8082/old": "404" },
      "release 7 does not answer what release 6 did: GET /old on web-1 (expected 200, got 404)",
    ],
    [
      "a text",
      { ...good, "8082/new": "200 goodbye" },
      'release 7 does not answer GET /new on web-1 (expected an answer with "hello", got "goodbye")',
    ],
    [
      "in time",
      { ...good, "8082/new": "000" },
      "release 7 does not answer GET /new on web-1 (expected 200, there was no answer within 2 s)",
    ],
  ])("fail when the candidate does not answer %s", async (_what, answers, message) => {
    expect(await smokeTest.perform(step, scene(answers).context)).toEqual({ kind: "failed", message });
  });

  it("fail when the baseline does not answer what users of the candidate may ask it", async () => {
    expect(await smokeTest.perform(step, scene({ ...good, "8081/new": "404" }).context)).toEqual({
      kind: "failed",
      message:
        "release 6, which serves beside it, does not answer GET /new on web-1 (expected 200, got 404): users that flip between the two would see it",
    });
  });

  it("hold nothing against a release that mends what the baseline fails of its own requests", async () => {
    const own = { path: "/new", status: 200, contains: "hello" };
    const world = scene({ ...good, "8081/new": "500" }, { plan: { ...plan, previousSmoke: [own] } });
    expect(await smokeTest.perform(step, world.context)).toMatchObject({ kind: "done" });
  });

  it("ask no baseline where the release is the first one", async () => {
    const first = { ...plan, before: { "web-1": "none", "web-2": "none" }, previousSmoke: [] };
    const world = scene({ "8082/new": "200 hello" }, { plan: first });
    expect(await smokeTest.perform(step, world.context)).toMatchObject({ kind: "done" });
    expect(world.commands.map(({ argv }) => argv[5])).toEqual(["/new"]);
  });

  it("find the baseline on a host that the rollout does not change", async () => {
    const separate = { ...plan, before: { "web-3": "none" } };
    const facts = { "web-1": { current: "6-aaaaaaaaaaaa", slots: {} } };
    const world = scene({ ...good, "8081/new": "404" }, { host: "web-3", plan: separate });
    const step = {
      kind: "smoke-test",
      hosts: ["web-3"],
      slot: "green",
      baseline: { host: "web-1", slot: "blue" },
    } as const;
    const deployment = { ...world.context.deployment, facts } as unknown as typeof world.context.deployment;
    const target = { ...world.context.target, slots: undefined, port: 8081 } as unknown as typeof world.context.target;
    expect(await smokeTest.perform(step, { ...world.context, deployment, target })).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("release 6, which serves beside it, does not answer GET /new on web-1"),
    });
  });

  it("give a fresh copy a second chance to answer at all", async () => {
    let asked = 0;
    const world = scene(good, {
      answer: () => {
        asked += 1;
        return asked === 1 ? { stderr: "000" } : { stdout: "hello", stderr: "200" };
      },
    });
    expect(await smokeTest.perform(step, world.context)).toMatchObject({ kind: "done" });
  });

  it("never send a path that is not one", async () => {
    const world = scene(good, { target: { slots, smoke: [{ path: "@evil.test/", status: 200 }] } });
    expect(await smokeTest.perform(step, world.context)).toMatchObject({ kind: "failed" });
    expect(world.commands.map(({ argv }) => argv[5])).toEqual(["/old"]);
  });
});
