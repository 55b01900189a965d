import { describe, expect, it } from "vitest";

import { failed, inRollout, reverted } from "../../test/support/deployments.ts";
import { failureMessage, floorMessage, reachedGoal } from "./findings.ts";
import { SERVER } from "./step.ts";

const activation = { kind: "activate-release", hosts: ["web-1", "web-2"] } as const;

describe("a failure in words", () => {
  it("has the first host's whole message and names every other host", () => {
    expect(failureMessage(activation, [["web-2", reverted]])).toBe(
      "web-2: activate-release failed: it never became healthy",
    );
    expect(
      failureMessage(activation, [
        ["web-2", reverted],
        ["web-1", failed],
        ["web-3", failed],
      ]),
    ).toBe("web-2: activate-release failed: it never became healthy (and web-1, web-3)");
  });

  it("calls the server by its name", () => {
    expect(failureMessage({ kind: "fetch-source", hosts: [SERVER] }, [[SERVER, failed]])).toBe(
      "the server: fetch-source failed: refused",
    );
  });
});

describe("the floor in words", () => {
  it("tells which hosts are missing", () => {
    const limits = { floor: 1, tolerate: 1, progressSeconds: 300, load: 0.75 };
    expect(floorMessage(inRollout({ limits }, { kind: "left-behind", hosts: ["web-2"], message: "" }))).toBe(
      "a floor of 1 leaves none of 2 host(s), of which web-2 can't be reached, free to be taken out of rotation",
    );
  });
});

describe("the closing sentence", () => {
  it("never hides a host that was left behind", () => {
    expect(reachedGoal(inRollout({}), [])).toBe("release 42 serves on 2 host(s)");
    expect(reachedGoal(inRollout({}), ["web-2"])).toBe("release 42 serves on 1 host(s); left behind: web-2");
  });
});
