import { describe, expect, it } from "vitest";

import { FakeShell } from "../../test/support/fake-shell.ts";
import { paint, styleOf, symbol } from "./style.ts";

const terminal = { columns: 80, rows: 24 };

function colour(env: Readonly<Record<string, string>>, options: { readonly onTerminal?: boolean } = {}): boolean {
  const { err } = new FakeShell(options.onTerminal === false ? {} : { terminal });
  return styleOf(err, env).colour;
}

describe("colours", () => {
  it("are for terminals", () => {
    expect(colour({})).toBe(true);
    expect(colour({}, { onTerminal: false })).toBe(false);
    expect(colour({ TERM: "dumb" })).toBe(false);
  });

  it("are forced by FORCE_COLOR, and never shown with NO_COLOR", () => {
    expect(colour({ FORCE_COLOR: "1" }, { onTerminal: false })).toBe(true);
    expect(colour({ FORCE_COLOR: "0" })).toBe(false);
    expect(colour({ NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
    expect(colour({ NO_COLOR: "" })).toBe(true);
  });

  it("go with --no-color", () => {
    const { err } = new FakeShell({ terminal });
    const style = styleOf(err, {}, { colour: false });
    expect(paint("bad", "no", style)).toBe("no");
  });
});

describe("symbols", () => {
  it.each([
    [{ LANG: "en_GB.UTF-8" }, "✔"],
    [{ LANG: "ko_KR.utf8" }, "✔"],
    [{ LANG: "en_GB.UTF-8", LC_ALL: "C" }, "+"],
    [{}, "+"],
  ])("in %j: %s", (env, expected) => {
    expect(symbol("good", styleOf(new FakeShell().err, env))).toBe(expected);
  });
});
