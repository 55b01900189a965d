import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeEach, describe, expect, it } from "vitest";

import { testSecrets } from "../../../test/support/secrets.ts";
import type { TestSecrets } from "../../../test/support/secrets.ts";
import { secretOf } from "../../deployments/secrets/secret-of.ts";
import { describeSecrets, failureOf } from "../../ports/secrets.contract.ts";
import { systemClock } from "../clock/system.ts";
import type { KyselyStore } from "../store/kysely-store.ts";
import { memoryStore } from "../store/memory.ts";
import { usualKeyFile } from "./usual-key-file.ts";

const root = mkdtempSync(join(tmpdir(), "signalbox-server-secrets-"));
const open: { close(): Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(open.map(async (one) => one.close()));
  rmSync(root, { recursive: true });
});

/** A program that prints what a file in this directory holds. */
function aProgram(values: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(root, "values-"));
  const set = (name: string, value: string): void => writeFileSync(join(directory, name), value);
  for (const [name, value] of Object.entries(values)) set(name, value);
  const configured = { argv: ["cat", join(directory, "{name}")], variables: {}, limitSeconds: 20 };
  return { set, configured };
}

const orders = { service: "orders", environment: "production" };
const shared = (name: string) => ({ name, environment: null, service: null });

describeSecrets("the vault and a program", async () => {
  const store = await memoryStore({ clock: systemClock });
  const program = aProgram({});
  const made = await testSecrets(store, { command: () => program.configured });
  open.push(made, store);
  return {
    secrets: made.secrets,
    // One name is kept in the vault, the others by the program.
    set: async (name, value) => {
      if (name === "A") await made.secrets.put({ ...shared(name), value, by: "kim" });
      else program.set(name, value);
      return made.secrets;
    },
  };
});

describe("the secrets of a server", () => {
  let store: KyselyStore;
  let made: TestSecrets;
  beforeEach(async () => {
    store = await memoryStore({ clock: systemClock });
    made = await testSecrets(store);
    open.push(made, store);
  });
  const again = async (): Promise<TestSecrets> => {
    const next = await testSecrets(store, { key: { file: made.keyFile, apartFrom: join(root, "data") } });
    open.push(next);
    return next;
  };

  it("are read by name for the server's own needs, of what is shared", async () => {
    await made.secrets.put({ ...shared("SMTP"), value: "a mail password", by: "kim" });
    await made.secrets.put({ name: "SMTP", service: null, environment: "production", value: "another", by: "kim" });
    expect(await secretOf("SMTP", made)).toBe("a mail password");
    await made.secrets.put({ ...shared("SMTP"), value: "a new password", by: "kim" });
    expect(await secretOf("SMTP", made)).toBe("a new password");
    expect((await failureOf(secretOf("NONE", made), ["password"])).message).toContain("NONE");
  });

  it("are masked from the moment they are set, and by the next server, also after they were removed", async () => {
    expect(made.masks.text("it is not-known-yet")).toBe("it is not-known-yet");
    await made.secrets.put({ ...shared("A"), value: "planted-one", by: "kim" });
    await made.secrets.put({ ...shared("A"), value: "planted-two", by: "kim" });
    const text = `planted-one, ${Buffer.from("planted-two").toString("base64")}.`;
    expect(made.masks.text(text)).toBe("***, ***.");
    expect((await again()).masks.text(text)).toBe("***, ***.");
    await made.secrets.remove(shared("A"), "kim");
    expect(made.masks.text(text)).toBe("***, ***.");
    const stream = made.masks.stream();
    expect([stream.push("say plan"), stream.push("ted-two"), stream.end()].join("")).toBe("say ***");
  });

  it("that were refused mask nothing", async () => {
    await failureOf(made.secrets.put({ ...shared("A"), value: "abc", by: "kim" }));
    expect(made.values()).toEqual([]);
  });

  it("have a key that is made when it is needed, for the server's user only", async () => {
    expect(() => statSync(made.keyFile)).toThrow("ENOENT");
    await made.secrets.put({ ...shared("A"), value: "a fine value", by: "kim" });
    expect(statSync(made.keyFile).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(made.keyFile)).mode & 0o777).toBe(0o700);
  });

  it("are no server's whose key others can read", async () => {
    await made.secrets.put({ ...shared("A"), value: "a fine value", by: "kim" });
    chmodSync(made.keyFile, 0o640);
    const error = await failureOf(again());
    expect(error).toMatchObject({ kind: "no-key", message: expect.stringContaining("chmod 600") });
  });

  it("leave a server going whose key is gone, with a word about it, and what can still be done", async () => {
    await made.secrets.put({ ...shared("A"), value: "a fine value", by: "kim" });
    rmSync(made.keyFile);
    const next = await again();
    expect(next.warnings).toEqual([expect.stringContaining("The key of the secrets is not in")]);
    expect((await failureOf(secretOf("A", next), ["a fine value"])).kind).toBe("no-key");
    expect(await next.secrets.remove(shared("A"), "kim")).toBe(true);
    await next.secrets.put({ ...shared("A"), value: "a new value", by: "kim" });
    expect(await secretOf("A", next)).toBe("a new value");
  });

  it("come from the vault first, and from the program what is not there", async () => {
    const program = aProgram({ A: "of the program", B: "b of the program" });
    const both = await testSecrets(store, { command: () => program.configured });
    open.push(both);
    await both.secrets.put({ ...shared("A"), value: "of the vault", by: "kim" });
    const pins = await both.secrets.current(["B", "A"], orders);
    expect(pins.map(({ name, version }) => [name, version.slice(0, 2)])).toEqual([
      ["B", "f-"],
      ["A", "1"],
    ]);
    expect(await Promise.all(pins.map((pin) => both.secrets.get(pin)))).toEqual(["b of the program", "of the vault"]);
    // Hosts that come later get what was pinned; whoever pins anew gets what is there now.
    program.set("B", "changed meanwhile");
    expect(await both.secrets.get(pins[0]!)).toBe("b of the program");
    const [fresh] = await both.secrets.current(["B"], orders);
    expect(await both.secrets.get(fresh!)).toBe("changed meanwhile");
    expect(both.masks.text("b of the program, changed meanwhile")).toBe("***, ***");
    const error = await failureOf(both.secrets.current(["A", "C"], orders), ["of the vault"]);
    expect(error).toMatchObject({ kind: "provider", message: expect.stringContaining("The secret C") });
  });

  it("of a program are refused after a start, when they changed since they were pinned", async () => {
    const program = aProgram({ B: "b of the program" });
    const command = () => program.configured;
    const key = { file: join(root, "one.key"), apartFrom: join(root, "data") };
    const first = await testSecrets(store, { command, key });
    const [pin] = await first.secrets.current(["B"], orders);
    program.set("B", "changed meanwhile");
    const next = await testSecrets(store, { command, key });
    const without = await testSecrets(store, { key });
    open.push(first, next, without);
    expect((await failureOf(next.secrets.get(pin!), ["changed meanwhile"])).kind).toBe("changed");
    expect((await failureOf(without.secrets.get(pin!))).message).toContain("names none any more");
  });

  it("are in the audit log, without their values", async () => {
    await made.secrets.put({ ...shared("A"), value: "planted-one", by: "kim" });
    await made.secrets.rotateKey("kim");
    const rows = JSON.stringify(await store.audit({}));
    expect(rows).toContain("put-secret");
    expect(rows).toContain("rotate-secret-key");
    expect(rows).not.toContain("planted");
    expect((await store.checkAudit()).broken).toBeNull();
  });
});

describe("the usual place of the key", () => {
  it("is one for each data directory, never within it", () => {
    const usual = usualKeyFile("/var/lib/signalbox-server", true);
    expect(usual).toMatch(/\/secrets\.key$/);
    const others = ["/srv/a", "/srv/b"].map((directory) => usualKeyFile(directory, false));
    expect(new Set([usual, ...others]).size).toBe(3);
    for (const file of others) expect(file).toMatch(/\/secrets-[0-9a-f]{12}\.key$/);
  });
});
