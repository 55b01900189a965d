import { describe, expect, it } from "vitest";

import { changeWords, commandState } from "./command-protocol.ts";

describe("what a traffic command prints", () => {
  it("is a state, in any number of lines", () => {
    const printed =
      "active=green share=250\nmember.blue/web-1=in up.blue/web-1=yes\n  inflight.blue/web-1=3\nextra=1\n";
    expect(commandState(printed)).toEqual({
      active: "green",
      share: 250,
      members: { "blue/web-1": { rotation: "in", up: true, inFlight: 3 } },
    });
  });

  it("may leave out what it does not know", () => {
    expect(commandState("member.blue/web-1=out")).toEqual({
      active: "blue",
      share: 0,
      members: { "blue/web-1": { rotation: "out", up: "unknown", inFlight: "unknown" } },
    });
  });

  it.each([
    "active=red",
    "share=10001",
    "share=-1",
    "member.blue/web-1=gone",
    "member.red/web-1=in",
    "member.blue/WEB_1=in",
    "member.blue/web-1=in up.blue/web-1=maybe",
    "member.blue/web-1=in inflight.blue/web-1=-3",
    "member.blue/web-1=in member.blue/web-1=out",
    "hello",
    "=in",
  ])("is refused when it is not understood: %s", (printed) => {
    expect(() => commandState(printed)).toThrow(RangeError);
  });
});

describe("what a traffic command is told", () => {
  it("is what changes, and nothing else", () => {
    expect(changeWords({ share: 500 })).toEqual(["share=500"]);
    expect(changeWords({ active: "green", share: 0, members: { "blue/web-1": "out" }, backAfterSeconds: 900 })).toEqual(
      ["active=green", "share=0", "member.blue/web-1=out", "back-after=900"],
    );
  });
});
