import { describe, expect, it } from "vitest";

import { SettingsRefused } from "../core/settings.ts";
import { problemText, tell } from "./problem-text.ts";
import { Stopped } from "./stopped.ts";

const style = { colour: false, unicode: true };

describe("an error as text", () => {
  it("says what happened, what is safe and what to do, in this order", async () => {
    const told = await tell(
      new Stopped("it can't be done", { safe: "Nothing was changed.", next: "signalbox status" }),
    );
    expect(problemText(told, style)).toBe(
      "error: it can't be done\n  Nothing was changed.\n  Next: signalbox status\n",
    );
  });

  it("keeps the lines and places of a configuration", async () => {
    const told = await tell(new SettingsRefused("signalbox.yml:1:1  no\n    1 | x\n      | ^"));
    expect(told.exitCode).toBe(2);
    expect(problemText(told, style)).toContain("    1 | x\n      | ^\n");
  });

  it("tells a host that can't be reached from a mistake of ours", async () => {
    const unreachable = Object.assign(new Error("web-1: no route\n  Next: look at it"), { name: "HostUnreachable" });
    expect((await tell(unreachable)).exitCode).toBe(6);
    expect((await tell(new Error("boom"))).exitCode).toBe(4);
  });
});
