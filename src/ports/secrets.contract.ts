/** What every way to secrets has to do, and what a vault has to do beyond that. */
import { beforeEach, describe, expect, it } from "vitest";

import type { SecretId } from "../core/secret.ts";
import type { NewSecret, Secrets, SecretUser, SecretVault } from "./secrets.ts";
import { SecretFailed } from "./secrets.ts";

/** A provider, and somebody who sets values where it finds them. */
export interface SecretsWorld {
  readonly secrets: Secrets;
  /** Sets the shared value of a name, and lets the provider forget what it may have read before. */
  set(name: string, value: string): Promise<Secrets>;
}

const orders: SecretUser = { service: "orders", environment: "production" };

/** Whatever fails says which secret it is about, and nothing of its value. */
export async function failureOf(work: Promise<unknown>, values: readonly string[] = []): Promise<SecretFailed> {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(SecretFailed);
  const all = [String(error), JSON.stringify(error), String((error as Error).cause)].join("\n");
  for (const value of values) expect(all).not.toContain(value);
  return error as SecretFailed;
}

export function describeSecrets(title: string, create: () => Promise<SecretsWorld>): void {
  describe(`secrets from ${title}`, { timeout: 30_000 }, () => {
    let world: SecretsWorld;
    beforeEach(async () => {
      world = await create();
    });

    const read = async (secrets: Secrets, name: string): Promise<string> => {
      const [pin] = await secrets.current([name], orders);
      return await secrets.get(pin!);
    };

    it.each([
      ["a password", "correct horse battery"],
      ["quotes, dollars and other letters", `pa$$ "wörd"/it's~100%\t\\n 비밀`],
      ["several lines", "-----BEGIN KEY-----\nAAAA\n-----END KEY-----"],
      ["64 KiB", "0123456789abcdef".repeat(4096)],
    ])("come as they are: %s", async (_kind, value) => {
      expect(await read(await world.set("DB", value), "DB")).toBe(value);
    });

    it("are pinned in the order of the names, without their values", async () => {
      await world.set("A", "value of a");
      const secrets = await world.set("B", "value of b");
      const pins = await secrets.current(["B", "A", "B"], orders);
      expect(pins.map(({ name }) => name)).toEqual(["B", "A", "B"]);
      expect(pins[0]).toEqual(pins[2]);
      expect(JSON.stringify(pins)).not.toContain("value of");
      expect(await secrets.current([], orders)).toEqual([]);
    });

    it("have the same pin while they stay the same, and another one afterwards", async () => {
      const first = await (await world.set("A", "first value")).current(["A"], orders);
      expect(await world.secrets.current(["A"], orders)).toEqual(first);
      const second = await (await world.set("A", "second value")).current(["A"], orders);
      expect(second[0]!.version).not.toBe(first[0]!.version);
    });

    it("never come as something else than what was pinned", async () => {
      const [pin] = await (await world.set("A", "first value")).current(["A"], orders);
      const secrets = await world.set("A", "second value");
      const outcome = await secrets
        .get(pin!)
        .catch((error: unknown) => (error instanceof SecretFailed ? error.kind : error));
      // Whoever keeps no old values says so.
      expect(["first value", "changed"]).toContain(outcome);
    });

    it("that are not there are named", async () => {
      const secrets = await world.set("A", "value of a");
      const error = await failureOf(secrets.current(["A", "NONE"], orders), ["value of a"]);
      expect(error.message).toContain("NONE");
    });
  });
}

export interface VaultWorld {
  readonly vault: SecretVault;
  /** Of the audit log, as JSON. */
  audit(): Promise<readonly string[]>;
}

export function describeVault(title: string, create: () => Promise<VaultWorld>): void {
  describeSecrets(title, async () => {
    const { vault } = await create();
    return {
      secrets: vault,
      set: async (name, value) => {
        await vault.put({ ...shared(name), value, by: "kim" });
        return vault;
      },
    };
  });

  describe(`${title}, as a vault`, { timeout: 30_000 }, () => {
    let vault: SecretVault;
    let audit: VaultWorld["audit"];
    beforeEach(async () => {
      ({ vault, audit } = await create());
    });

    const put = async (id: SecretId, value: string, by = "kim"): ReturnType<SecretVault["put"]> =>
      await vault.put({ ...id, value, by });
    const valueFor = async (name: string, user: SecretUser): Promise<string> =>
      await vault.get((await vault.current([name], user))[0]!);

    it("keeps every version", async () => {
      const first = (await put(shared("A"), "first value")).pin;
      const second = (await put(shared("A"), "second value")).pin;
      expect([first.version, second.version]).toEqual(["1", "2"]);
      expect([await vault.get(first), await vault.get(second)]).toEqual(["first value", "second value"]);
      expect(await vault.current(["A"], orders)).toEqual([second]);
    });

    it("gives each of many who write at once a version of its own", async () => {
      const made = await Promise.all(Array.from({ length: 20 }, (_, by) => put(shared("A"), `value by ${by}`)));
      expect(new Set(made.map(({ pin }) => pin.version)).size).toBe(20);
      for (const [by, { pin }] of made.entries()) expect(await vault.get(pin)).toBe(`value by ${by}`);
    });

    it("prefers the narrower scope, and shows nothing of others", async () => {
      const dev = { service: "orders", environment: "dev" };
      const billing = { service: "billing", environment: "production" };
      await put(shared("A"), "for everybody");
      await put({ name: "A", environment: null, service: "orders" }, "for orders everywhere");
      expect(await valueFor("A", orders)).toBe("for orders everywhere");
      await put({ name: "A", environment: "production", service: null }, "for all in production");
      expect(await valueFor("A", orders)).toBe("for all in production");
      await put({ name: "A", environment: "production", service: "orders" }, "for orders in production");
      expect(await valueFor("A", orders)).toBe("for orders in production");
      expect(await valueFor("A", dev)).toBe("for orders everywhere");
      expect(await valueFor("A", billing)).toBe("for all in production");

      await put({ name: "B", environment: "production", service: "orders" }, "not for others");
      expect((await failureOf(vault.current(["B"], dev))).kind).toBe("missing");
      expect((await failureOf(vault.current(["B"], billing))).kind).toBe("missing");
    });

    it("lists names, scopes, versions, people and times, and no value", async () => {
      await put({ name: "B", environment: "dev", service: null }, "value of b", "lee");
      await put(shared("A"), "value of a");
      await put(shared("A"), "value of a again", "lee");
      const list = await vault.list();
      expect(
        list.map(({ name, environment, service, versions }) => [
          name,
          environment,
          service,
          versions.map(({ version, by }) => `${version} by ${by}`),
        ]),
      ).toEqual([
        ["A", null, null, ["2 by lee", "1 by kim"]],
        ["B", "dev", null, ["1 by lee"]],
      ]);
      expect(list[0]!.versions[0]!.at).toBeGreaterThan(0);
      expect(JSON.stringify(list)).not.toContain("value of");
    });

    it("removes a secret with all its versions, and gives no number twice", async () => {
      const { pin } = await put(shared("A"), "old value");
      await put({ name: "A", environment: "dev", service: null }, "another one");
      expect(await vault.remove(shared("A"), "lee")).toBe(true);
      expect(await vault.remove(shared("A"), "lee")).toBe(false);
      const error = await failureOf(vault.get(pin), ["old value"]);
      expect(error).toMatchObject({
        kind: "missing",
        message: expect.stringMatching(/A \(shared\), version 1.*removed by lee/s),
      });
      expect(await vault.values()).toEqual(["another one"]);
      expect(await vault.list()).toHaveLength(1);
      const again = (await put(shared("A"), "new value")).pin;
      expect(again.version).not.toBe("1");
      expect((await failureOf(vault.get(pin))).kind).toBe("missing");
    });

    it("tells every value in every version, for the masks", async () => {
      await put(shared("A"), "first value");
      await put(shared("A"), "second value");
      await put({ name: "B", environment: "dev", service: "orders" }, "third value");
      expect([...(await vault.values())].toSorted()).toEqual(["first value", "second value", "third value"]);
    });

    it.each<[string, Partial<NewSecret>]>([
      ["is empty", { value: "" }],
      ["has fewer than 4 characters", { value: "abc" }],
      ["holds a NUL", { value: "planted\0value" }],
      ["is half a character", { value: "planted\ud800value" }],
      ["is too large", { value: "planted".repeat(10_000) }],
      ["has its value in the place of its name", { name: "planted value" }],
      ["is for no environment that can be", { environment: "planted value" }],
      ["is for no service that can be", { service: "-x" }],
      ["nobody sets", { by: "" }],
    ])("refuses a secret that %s", async (_what, wrong) => {
      const secret = { ...shared("A"), value: "a fine value", by: "kim", ...wrong };
      const error = await failureOf(vault.put(secret), ["planted", "abc"]);
      expect(error.kind).toBe("refused");
      expect(await vault.list()).toEqual([]);
    });

    it("warns of a value that is weak", async () => {
      expect((await put(shared("A"), "abcd")).warning).toContain("fewer than 6");
      expect((await put(shared("A"), "abcdefgh\n")).warning).toContain("white space");
      expect((await put(shared("A"), "abcdef")).warning).toBeNull();
    });

    it("writes every change into the audit log, without values", async () => {
      await put({ name: "A", environment: "production", service: "orders" }, "planted value");
      await vault.remove({ name: "A", environment: "production", service: "orders" }, "lee");
      await vault.rotateKey("ann");
      const rows = await audit();
      expect(rows.map((row) => /"action":"([a-z-]+)"/.exec(row)?.[1])).toEqual([
        "put-secret",
        "remove-secret",
        "rotate-secret-key",
      ]);
      expect(rows[0]).toContain("A of orders in production");
      expect(rows.join()).not.toContain("planted");
    });

    it("keeps values, versions and pins when its key is rotated", async () => {
      const pins = [];
      for (const value of ["first value", "second value"]) pins.push((await put(shared("A"), value)).pin);
      const before = await vault.list();
      expect(await vault.rotateKey("kim")).toEqual({ versions: 2 });
      expect(await Promise.all(pins.map((pin) => vault.get(pin)))).toEqual(["first value", "second value"]);
      expect(await vault.list()).toEqual(before);
      expect(await valueFor("A", orders)).toBe("second value");
    });

    it("loses nothing that is put and read while its key is rotated", async () => {
      const rotations = Array.from({ length: 5 }, () => vault.rotateKey("kim"));
      const made = await Promise.all(Array.from({ length: 10 }, (_, turn) => put(shared(`A${turn}`), `value ${turn}`)));
      await Promise.all(rotations);
      for (const [turn, { pin }] of made.entries()) expect(await vault.get(pin)).toBe(`value ${turn}`);
    });
  });
}

function shared(name: string): SecretId {
  return { name, environment: null, service: null };
}
