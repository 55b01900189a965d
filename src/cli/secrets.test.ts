import { describe, expect, it } from "vitest";

import { fakeClient } from "../../test/support/fake-client.ts";
import type { FakeAnswers } from "../../test/support/fake-client.ts";
import { FakeShell } from "../../test/support/fake-shell.ts";
import { run } from "./program.ts";

async function said(argv: readonly string[], { secret = "", ...answers }: FakeAnswers & { secret?: string } = {}) {
  const client = fakeClient(answers);
  const shell = new FakeShell({ client, secret });
  const code = await run(["secrets", ...argv], shell);
  return { code, calls: client.calls, out: shell.out.text, err: shell.err.text };
}

const value = "planted-value";

describe("signalbox secrets", () => {
  it("takes a value by standard input or a prompt, and shows it nowhere", async () => {
    const { code, calls, out, err } = await said(["set", "ORDERS_DB", "-e", "production", "--service", "orders"], {
      secret: value,
    });
    expect(code).toBe(0);
    expect(calls).toEqual([
      'secrets.set {"name":"ORDERS_DB","environment":"production","service":"orders","value":"planted-value"}',
    ]);
    expect(out).toContain("ORDERS_DB of orders in production is set, version 2.");
    expect(err).toContain("Value of ORDERS_DB of orders in production (it is not shown): ");
    expect(err).toContain("plans with the old one are void");
    expect(out + err).not.toContain(value);
  });

  it("takes none as an argument", async () => {
    const { code, calls, err } = await said(["set", "ORDERS_DB", value], { secret: value });
    expect(code).toBe(2);
    expect(calls).toEqual([]);
    expect(err).toContain("too many arguments");
  });

  it("sets nothing when nothing came", async () => {
    const { code, calls, err } = await said(["set", "ORDERS_DB"]);
    expect(code).toBe(2);
    expect(calls).toEqual([]);
    expect(err).toContain("no value came for ORDERS_DB (shared)");
  });

  it("removes exactly the one that was named", async () => {
    const { code, calls } = await said(["remove", "ORDERS_DB", "-e", "dev"]);
    expect([code, calls]).toEqual([0, ['secrets.remove {"name":"ORDERS_DB","environment":"dev","service":null}']]);
  });

  it("ends with 2 when a reference has no value, and names it", async () => {
    const place = { neededBy: "orders in production", environment: "production" };
    const holds = { name: "A", version: "3", environment: null, service: null };
    const references = [
      { ...place, name: "A", holds, problem: null },
      { ...place, name: "B", holds: null, problem: "There is no value of the secret B.\n  Next: do" },
    ];
    const { code, out, err } = await said(["check"], { references });
    expect(code).toBe(2);
    expect(out).toContain("A (shared), version 3");
    expect(out).toContain("There is no value of the secret B.");
    expect(err).toContain("1 reference without a value");
    expect((await said(["check"], { references: references.slice(0, 1) })).code).toBe(0);
  });

  it("rotates the key", async () => {
    const { code, out, err } = await said(["rotate-key"]);
    expect([code, out]).toEqual([0, expect.stringContaining("3 values are under a new key.")]);
    expect(err).toContain("Copy the key file");
  });
});
