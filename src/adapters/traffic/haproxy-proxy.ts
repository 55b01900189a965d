import { sides, type MemberName, type MemberState, type Side, type TrafficState } from "../../core/traffic.ts";
import { HostUnreachable } from "../../ports/hosts.ts";
import { ProxyFailed } from "../../ports/traffic.ts";
import {
  mapEntries,
  preparedVersion,
  serverLoads,
  serverStates,
  type ProcessInfo,
  type ServerState,
} from "./haproxy-answers.ts";
import type { ServerName } from "./haproxy-commands.ts";
import type { HaproxyRuntime, RuntimeSession } from "./haproxy-runtime.ts";
import type { FileState } from "./proxy-files.ts";

/** What serves now on one proxy for one service: read it, and bring it to what the files say. */
export class HaproxyProxy {
  readonly host: string;
  /** The service's name on it. */
  readonly name: string;
  readonly #runtime: HaproxyRuntime;
  readonly #map: string;

  constructor(host: string, runtime: HaproxyRuntime, name: string, place: string) {
    this.host = host;
    this.#runtime = runtime;
    this.name = name;
    this.#map = mapOf(place);
  }

  /** @throws {ProxyFailed} */
  state(): Promise<TrafficState> {
    return this.#speaking(false, async (session, info) => {
      const [{ active, share }, ...members] = await Promise.all([
        this.#route(session),
        ...sides.map((side) => this.#members(session, side)),
      ]);
      return { proxy: this.host, active, share, startedAt: info.startedAt, members: Object.assign({}, ...members) };
    });
  }

  /**
   * Lets the proxy check members that are to come back, while none of them gets a request. After `maint` a server
   * counts as up without any check, so its health is set down first and only a check that has passed brings it up.
   *
   * @returns the members that were out, to be put back there when nothing comes of it
   * @throws {ProxyFailed} when they do not all pass in time; then they are as they were
   */
  async prove(members: readonly MemberName[], withinMs: number, signal?: AbortSignal): Promise<readonly MemberName[]> {
    if (members.length === 0) return [];
    const before = await this.state();
    const isOut = (name: MemberName): boolean => before.members[name]?.rotation === "out";
    const waiting = members.filter((name) => before.members[name]?.rotation !== "in");
    const wereOut = waiting.filter(isOut);
    try {
      await this.#speaking(false, async (session) => {
        for (const name of waiting) {
          await session.tell({ say: "set state", server: this.#server(name), state: "drain" });
          await session.tell({ say: "health down", server: this.#server(name) });
        }
      });
      await this.#untilUp(members, withinMs, signal);
      return wereOut;
    } catch (error) {
      await this.takeOut(wereOut).catch(() => {});
      throw error;
    }
  }

  /** @throws {ProxyFailed} */
  async takeOut(members: readonly MemberName[]): Promise<void> {
    if (members.length === 0) return;
    await this.#speaking(true, async (session) => {
      for (const name of members) {
        await session.tell({ say: "set state", server: this.#server(name), state: "maint" });
      }
    });
  }

  /**
   * Makes what serves now equal to the files: who comes back, then the switch, then who leaves.
   *
   * @throws {ProxyFailed}
   */
  async serve(wanted: FileState): Promise<void> {
    const now = await this.state();
    const differing = (Object.keys(wanted.members) as MemberName[]).filter(
      (name) => now.members[name]?.rotation !== wanted.members[name],
    );
    const coming = differing.filter((name) => wanted.members[name] === "in");
    await this.#speaking(true, async (session) => {
      for (const name of coming) {
        const server = this.#server(name);
        if (now.members[name]?.rotation === "out") {
          await session.tell({ say: "set state", server, state: "drain" });
          await session.tell({ say: "health down", server });
        }
        await session.tell({ say: "set state", server, state: "ready" });
      }
      if (now.active !== wanted.active || now.share !== wanted.share) await this.#setRoute(session, wanted);
      for (const name of differing.filter((one) => !coming.includes(one))) {
        const state = wanted.members[name] === "out" ? "maint" : "drain";
        await session.tell({ say: "set state", server: this.#server(name), state });
      }
    });
  }

  /** Ends requests and connections to members. @throws {ProxyFailed} */
  cut(members: readonly MemberName[]): Promise<void> {
    return this.#speaking(true, async (session) => {
      for (const name of members) await session.tell({ say: "shutdown sessions", server: this.#server(name) });
    });
  }

  async #untilUp(members: readonly MemberName[], withinMs: number, signal?: AbortSignal): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const state = await this.state();
      const down = members.filter((name) => state.members[name]?.up !== true);
      if (down.length === 0) return;

      signal?.throwIfAborted();
      if (performance.now() > deadline) {
        const said = await this.#lastChecks(down);
        const seconds = Math.round(withinMs / 1000);
        const message = `${this.host}: the proxy's check does not call ${said.join(", ")} up within ${seconds} s.`;
        throw new ProxyFailed(this.host, false, message);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #lastChecks(members: readonly MemberName[]): Promise<readonly string[]> {
    return this.#speaking(false, (session) =>
      Promise.all(
        members.map(async (name) => {
          const { backend, server } = this.#server(name);
          const loads = serverLoads(await session.ask({ say: "show stat", backend }));
          return `${name} (${loads.get(server)?.lastCheck ?? "no such server"})`;
        }),
      ),
    );
  }

  async #members(session: RuntimeSession, side: Side): Promise<Record<MemberName, MemberState>> {
    const backend = `${this.name}_${side}`;
    const [states, loads] = await Promise.all([
      session.ask({ say: "show servers state", backend }).then(serverStates),
      session.ask({ say: "show stat", backend }).then(serverLoads),
    ]);
    const stateOf = ({ server, rotation, up }: ServerState): readonly [MemberName, MemberState] => {
      const { inFlight = "unknown", queued = 0 } = loads.get(server) ?? {};
      return [`${side}/${server}`, { rotation, up, inFlight, queued }];
    };
    return Object.fromEntries(states.map(stateOf));
  }

  async #route(session: RuntimeSession): Promise<{ readonly active: Side; readonly share: number }> {
    const entries = mapEntries(await session.ask({ say: "show map", map: this.#map }));
    const active = sides.find((side) => side === entries.get("active"));
    const share = entries.get("share");
    if (active === undefined || share === undefined || !/^\d+$/.test(share)) {
      throw new Error(`its map ${this.#map} does not say who is active`);
    }
    return { active, share: Number(share) };
  }

  /** Both values become valid at once: requests between the two would go to the wrong side. */
  async #setRoute(session: RuntimeSession, { active, share }: FileState): Promise<void> {
    const map = this.#map;
    const version = preparedVersion(await session.ask({ say: "prepare map", map }));
    await session.tell({ say: "add map", map, version, key: "active", value: active });
    await session.tell({ say: "add map", map, version, key: "share", value: String(share) });
    await session.tell({ say: "commit map", map, version });
  }

  #server(member: MemberName): ServerName {
    const at = member.indexOf("/");
    return { backend: `${this.name}_${member.slice(0, at)}`, server: member.slice(at + 1) };
  }

  async #speaking<T>(
    mayChange: boolean,
    speak: (session: RuntimeSession, info: ProcessInfo) => Promise<T>,
  ): Promise<T> {
    try {
      const { session, info } = await this.#runtime.current();
      return await speak(session, info);
    } catch (error) {
      if (error instanceof ProxyFailed) throw error;
      const because = error instanceof HostUnreachable ? error.message : `${this.host}: ${(error as Error).message}.`;
      throw new ProxyFailed(this.host, mayChange, because);
    }
  }
}

/** Where the managed part keeps who is active and what share the other side has. */
export function mapOf(place: string): string {
  return `/etc/haproxy/signalbox/${place}.map`;
}
