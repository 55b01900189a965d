/**
 * The secrets of hooks while webhooks come in. Reading one takes a turn at the vault and a look into its key's file;
 * those that come within a moment share it. So a changed secret counts a moment later.
 */
import { secretOf } from "../deployments/secrets/secret-of.ts";
import type { World } from "../deployments/world.ts";

const momentMilliseconds = 1_000;

export class HookSecrets {
  readonly #world: Pick<World, "secrets" | "clock">;
  readonly #read = new Map<string, { readonly at: number; readonly value: Promise<string | undefined> }>();

  constructor(world: Pick<World, "secrets" | "clock">) {
    this.#world = world;
  }

  /** Those that are set. One that is not set yet, or is gone, is as good as none: the other one still counts. */
  async of(names: readonly string[]): Promise<readonly string[]> {
    const values = await Promise.all(names.map((name) => this.#one(name)));
    return values.filter((value) => value !== undefined);
  }

  #one(name: string): Promise<string | undefined> {
    const now = this.#world.clock.now();
    const known = this.#read.get(name);
    if (known !== undefined && Math.abs(now - known.at) < momentMilliseconds) return known.value;
    const value = secretOf(name, this.#world).catch(() => undefined);
    this.#read.set(name, { at: now, value });
    return value;
  }
}
