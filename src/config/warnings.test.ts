import { describe, expect, it } from "vitest";

import { small } from "./examples.fixture.ts";
import { loadConfiguration } from "./load.ts";

const warnings = (environment: string): readonly string[] =>
  loadConfiguration(small({ environment }))
    .problems.filter(({ code, severity }) => code === "SB-CONFIG-LATER" && severity === "warning")
    .map(({ path }) => path);

describe("what is not carried out yet", () => {
  it.each([
    ["watch: { for: 5m }", []],
    ["deploys: { on: push }", []],
    ["approval: { approvers: [kim, lee] }", ["environments.production.approval"]],
    ["watch: { for: 0s }", []],
    ["deploys: { on: request }", []],
  ])("is said by lint: %s", (environment, paths) => {
    expect(warnings(environment)).toEqual(paths);
  });
});
