/**
 * Secrets in the store's own database, sealed; the key lies in a file elsewhere.
 *
 * Everything that needs the key happens one after the other: while it is rotated, nobody seals with the old one.
 */
import { hkdfSync } from "node:crypto";

import type { Clock } from "../../ports/clock.ts";
import type { SecretId, SecretPin } from "../../core/secret.ts";
import type { SecretRecord, SecretUser, SecretVault } from "../../ports/secrets.ts";
import { secretTitle } from "../../core/secret.ts";
import { SecretFailed } from "../../ports/secrets.ts";
import type { AuditEntry } from "../../ports/store.ts";
import type { KeyFile } from "./key-file.ts";
import { newMasterKey } from "./key-file.ts";
import { keyOf, narrowest, pinOf, refuseUnfit, sealedVersion, titleOf } from "./pins.ts";
import type { SecretDatabase, StoredVersion } from "./rows.ts";
import { addVersion, forgetBefore, isEmpty, readAll, readNamed, readSecret, replaceWrapping } from "./rows.ts";
import type { Label, MasterKey, Sealed } from "./seal.ts";
import { openValue, rewrap, SealBroken, sealValue } from "./seal.ts";
import { weaknessOf } from "./value.ts";

export interface VaultOptions {
  readonly database: SecretDatabase;
  readonly keyFile: KeyFile;
  readonly clock: Clock;
}

export interface Vault extends SecretVault {
  /** A key for marks of values that others keep. It changes when the master key is rotated. */
  fingerprintKey(): Promise<Buffer>;
}

export function vault(options: VaultOptions): Vault {
  return new SealedVault(options);
}

class SealedVault implements Vault {
  readonly #database: SecretDatabase;
  readonly #keyFile: KeyFile;
  readonly #clock: Clock;
  /** Ends when everybody before has finished with the key. */
  #before: Promise<unknown> = Promise.resolve();

  constructor({ database, keyFile, clock }: VaultOptions) {
    this.#database = database;
    this.#keyFile = keyFile;
    this.#clock = clock;
  }

  async current(names: readonly string[], user: SecretUser): Promise<readonly SecretPin[]> {
    const versions = await readNamed(this.#database.db, names);
    const found = names.map((name) => narrowest(versions, name, user));
    const missing = names.filter((_, index) => found[index] === undefined);
    if (missing.length > 0) throw missingSecrets([...new Set(missing)], user);
    return found.map((version) => pinOf(version!.label));
  }

  async get(pin: SecretPin): Promise<string> {
    const versions = await readSecret(this.#database.db, keyOf(pin));
    const { label, seal } = sealedVersion(versions, pin);
    return await this.#withKeys(async (keys) => this.#open(label, seal, keys));
  }

  async put({ value, by, ...id }: Parameters<SecretVault["put"]>[0]): ReturnType<SecretVault["put"]> {
    refuseUnfit(id, value, by);
    return await this.#alone(async () => {
      const key = await this.#newestKey();
      const pin = await this.#database.write(async (trx) => {
        const [last] = await readSecret(trx, keyOf(id));
        const version = (last?.label.version ?? 0) + 1;
        const label: Label = { ...keyOf(id), version, at: this.#clock.now(), by };
        await addVersion(trx, { label, seal: sealValue(label, value, key) });
        return { result: pinOf(label), audit: [entry(by, "put-secret", id, { version })] };
      });
      return { pin, warning: weaknessOf(value) };
    });
  }

  async list(): Promise<readonly SecretRecord[]> {
    const kept = (await readAll(this.#database.db)).filter(({ seal }) => seal !== null);
    const bySecret = Map.groupBy(kept, ({ label }) => JSON.stringify(keyOf(pinOf(label))));
    return [...bySecret.values()].map((versions) => {
      const { version: _, ...id } = pinOf(versions[0]!.label);
      return { ...id, versions: versions.map(({ label: { version, at, by } }) => ({ version: `${version}`, at, by })) };
    });
  }

  async remove(id: SecretId, by: string): Promise<boolean> {
    return await this.#alone(
      async () =>
        await this.#database.write(async (trx) => {
          const [last] = await readSecret(trx, keyOf(id));
          if (last === undefined || last.seal === null) return { result: false, audit: [] };
          const label: Label = { ...last.label, version: last.label.version + 1, at: this.#clock.now(), by };
          await addVersion(trx, { label, seal: null });
          await forgetBefore(trx, label);
          return { result: true, audit: [entry(by, "remove-secret", id, { versions: last.label.version })] };
        }),
    );
  }

  async values(): Promise<readonly string[]> {
    return await this.#withKeys(async (keys) => {
      const versions = await readAll(this.#database.db);
      return versions.flatMap(({ label, seal }) => (seal === null ? [] : [this.#open(label, seal, keys)]));
    });
  }

  async rotateKey(by: string): Promise<{ readonly versions: number }> {
    return await this.#alone(async () => {
      const old = await this.#keyFile.read();
      if (old.length === 0) this.#refuseWithoutKey(await isEmpty(this.#database.db));
      const fresh = newMasterKey();
      // All keys are in the file for as long as rows may be under any of them.
      await this.#keyFile.write([fresh, ...old]);
      const versions = await this.#rewrapAll(old, fresh, by).catch(async (error: unknown) => {
        // Refused before anything was written under the new key. After any other failure nobody knows, and both stay.
        if (error instanceof SecretFailed) await this.#keyFile.write(old);
        throw error;
      });
      await this.#keyFile.write([fresh]);
      return { versions };
    });
  }

  async fingerprintKey(): Promise<Buffer> {
    return await this.#alone(async () => {
      const { bytes } = await this.#newestKey();
      return Buffer.from(hkdfSync("sha256", bytes, "", "signalbox: fingerprints of secrets", 32));
    });
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#before.then(work);
    this.#before = mine.catch(() => {});
    return mine;
  }

  #withKeys<Result>(work: (keys: readonly MasterKey[]) => Promise<Result>): Promise<Result> {
    return this.#alone(async () => await work(await this.#keyFile.read()));
  }

  /** Made at the first need. Never a second one: it could not open what lies there. */
  async #newestKey(): Promise<MasterKey> {
    const [newest] = await this.#keyFile.read();
    if (newest !== undefined) return newest;
    this.#refuseWithoutKey(await isEmpty(this.#database.db));
    const first = newMasterKey();
    await this.#keyFile.write([first]);
    return first;
  }

  #refuseWithoutKey(empty: boolean): void {
    if (!empty) throw new SecretFailed("no-key", keyIsGone(this.#keyFile.path));
  }

  #open(label: Label, seal: Sealed, keys: readonly MasterKey[]): string {
    const key = this.#keyFor(label, seal, keys);
    try {
      return openValue(label, seal, key);
    } catch (error) {
      throw error instanceof SealBroken ? damaged([label]) : error;
    }
  }

  #keyFor(label: Label, { keyId }: Sealed, keys: readonly MasterKey[]): MasterKey {
    const key = keys.find(({ id }) => id === keyId);
    if (key !== undefined) return key;
    if (keys.length === 0) throw new SecretFailed("no-key", keyIsGone(this.#keyFile.path));
    const message =
      `The secret ${titleOf(label)} is under the key ${keyId}, which is not in ${this.#keyFile.path}.\n` +
      "  It was put there before the key was rotated, or the row was changed.\n" +
      "  Next: add the line of that key to the file, from the copy that was kept, or set the secret anew.";
    throw new SecretFailed("no-key", message);
  }

  async #rewrapAll(old: readonly MasterKey[], fresh: MasterKey, by: string): Promise<number> {
    return await this.#database.write(async (trx) => {
      const all = (await readAll(trx)).filter(({ seal }) => seal !== null);
      const wrapped = this.#rewrapped(all, old, fresh);
      for (const { label, seal } of wrapped) await replaceWrapping(trx, label, seal);
      const detail = { versions: wrapped.length, key: fresh.id };
      return { result: wrapped.length, audit: [{ actor: by, action: "rotate-secret-key", object: "secrets", detail }] };
    });
  }

  #rewrapped(
    versions: readonly StoredVersion[],
    keys: readonly MasterKey[],
    to: MasterKey,
  ): readonly { readonly label: Label; readonly seal: Sealed }[] {
    const broken: Label[] = [];
    const wrapped = versions.flatMap(({ label, seal }) => {
      try {
        return [{ label, seal: rewrap(label, seal!, this.#keyFor(label, seal!, keys), to) }];
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
        broken.push(label);
        return [];
      }
    });
    if (broken.length > 0) throw damaged(broken);
    return wrapped;
  }
}

function entry(actor: string, action: string, id: SecretId, detail: Record<string, unknown>): AuditEntry {
  return { actor, action, object: `secret ${secretTitle(id)}`, detail };
}

function missingSecrets(names: readonly string[], { service, environment }: SecretUser): SecretFailed {
  const title = names.length === 1 ? `the secret ${names[0]}` : `the secrets ${names.join(", ")}`;
  if (service === "")
    return new SecretFailed(
      "missing",
      `There is no shared value of ${title}.\n  Next: signalbox secrets set ${names[0]}`,
    );
  const message =
    `There is no value of ${title} for ${service} in ${environment}.\n` +
    `  Next: signalbox secrets set ${names[0]} --service ${service} --env ${environment}`;
  return new SecretFailed("missing", message);
}

function damaged(labels: readonly Label[]): SecretFailed {
  const message =
    `Changed in the database, and not by Signalbox: the secret ${labels.map(titleOf).join("; the secret ")}.\n` +
    "  What is there is not used. Next: look at who can write to the database, then set the secret anew.";
  return new SecretFailed("damaged", message);
}

function keyIsGone(file: string): string {
  return (
    `The key of the secrets is not in ${file}, and without it no secret can be read.\n` +
    "  Next: put the copy of that file back that was kept, readable by the server's user only (mode 0600).\n" +
    "  If there is no copy, the values are lost: remove each secret, and set it anew."
  );
}
