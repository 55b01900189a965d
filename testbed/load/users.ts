/** People who come back: each with a cookie jar, and a memory of which release answered. */
import type { UserHistory } from "./result.ts";

export class User {
  readonly name: string;
  readonly #cookies = new Map<string, string>();
  readonly #stays: { release: string; from: number; answers: number }[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** The value of a Cookie header; undefined without cookies. */
  get cookie(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? undefined : pairs.join("; ");
  }

  /** Takes over what Set-Cookie headers say. Paths and domains don't matter: there is one site. */
  keep(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [, name, value] = /^\s*([^=;\s]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (/;\s*max-age=(0|-\d+)\s*(;|$)/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value.trim());
    }
  }

  wasAnsweredBy(release: string, at: number): void {
    const last = this.#stays.at(-1);
    if (last?.release === release) last.answers += 1;
    else this.#stays.push({ release, from: at, answers: 1 });
  }

  history(): UserHistory {
    return { user: this.name, stays: this.#stays };
  }
}

/** Users wait for an answer before they ask again, so that the order of their answers is the order of their requests. */
export class Users {
  readonly #all: readonly User[];
  readonly #free: User[];

  constructor(count: number) {
    this.#all = Array.from({ length: count }, (_, index) => new User(`user-${index + 1}`));
    this.#free = [...this.#all];
  }

  /** The one who has waited longest; undefined when all of them wait for answers. */
  take(): User | undefined {
    return this.#free.shift();
  }

  giveBack(user: User): void {
    this.#free.push(user);
  }

  histories(): readonly UserHistory[] {
    return this.#all.map((user) => user.history());
  }
}
