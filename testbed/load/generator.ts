/** Makes the requests of a load and remembers what became of them. Runs in a process of its own: see `load.child.ts`. */
import { randomUUID } from "node:crypto";
import { Agent } from "node:http";

import { ask } from "./ask.ts";
import type { Answer, Question } from "./ask.ts";
import { populations } from "./mix.ts";
import type { Population } from "./mix.ts";
import type { CompleteOptions } from "./options.ts";
import type { Glance, LoadResult } from "./result.ts";
import { Schedule } from "./schedule.ts";
import { Durations, Tally } from "./tally.ts";
import { Users } from "./users.ts";
import type { User } from "./users.ts";
import { WebSockets } from "./websockets.ts";

export class Generator {
  readonly #options: CompleteOptions;
  readonly #next: () => Population;
  // The connection that was idle longest comes first: most of them are idle for a while, as users' are.
  readonly #agent = new Agent({ keepAlive: true, scheduling: "fifo", maxFreeSockets: Infinity });
  readonly #users: Users;
  readonly #tally = new Tally();
  readonly #lag = new Durations();
  readonly #sent: string[] = [];
  readonly #acknowledged: string[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  readonly #webSockets: WebSockets;
  readonly #schedule: Schedule;
  readonly #run = randomUUID().slice(0, 8);
  #phase: string;
  #count = 0;

  constructor(options: CompleteOptions) {
    this.#options = options;
    this.#next = populations(options);
    this.#users = new Users(options.users);
    this.#phase = options.phase;
    this.#tally.begin(this.#phase);
    this.#webSockets = new WebSockets(options.urls, options.webSockets, options.limitMilliseconds);
    // All at once, so that each needs a connection of its own.
    const opening = { kind: "slow", keptAlive: true, ofUsers: false } as const;
    for (let index = 0; index < options.connections; index += 1) this.#send(performance.now(), opening);
    this.#schedule = new Schedule(options.perSecond, (due) => {
      this.#lag.add(performance.now() - due);
      this.#send(due, this.#next());
    });
  }

  mark(phase: string): void {
    this.#tally.begin(phase);
    this.#phase = phase;
  }

  glance(): Glance {
    return this.#tally.glance();
  }

  /** Sends nothing more, and waits for the answers that are due. */
  async stop(): Promise<LoadResult> {
    this.#schedule.stop();
    await Promise.all(this.#inFlight);
    const webSockets = this.#webSockets.stop();
    this.#agent.destroy();
    const { p99, longest } = this.#lag.result();
    return {
      ...this.#tally.glance(),
      posts: { sent: this.#sent, acknowledged: this.#acknowledged },
      webSockets,
      users: this.#users.histories(),
      lag: { p99, longest },
    };
  }

  #send(due: number, population: Population): void {
    this.#count += 1;
    // With all users waiting for answers somebody else comes: the rate depends on nobody's answer.
    const user = population.ofUsers ? this.#users.take() : undefined;
    const work = this.#sendAs(user, due, population).finally(() => {
      if (user !== undefined) this.#users.giveBack(user);
      this.#inFlight.delete(work);
    });
    this.#inFlight.add(work);
  }

  async #sendAs(user: User | undefined, due: number, population: Population): Promise<void> {
    const phase = this.#phase;
    const { question, asked, id } = this.#question(population, user?.cookie);
    if (id !== undefined) this.#sent.push(id);
    const answer = await ask(question);
    const at = Date.now();
    const milliseconds = performance.now() - due;
    user?.keep(answer.setCookies);
    if (answer.release !== undefined) user?.wasAnsweredBy(answer.release, at);
    if (id !== undefined && answer.failure === undefined) this.#acknowledged.push(id);
    const failure = failureIn(answer, { at, phase, milliseconds, population, question });
    this.#tally.add({
      phase,
      due: performance.timeOrigin + due,
      milliseconds: milliseconds - asked,
      release: answer.release,
      failure,
    });
  }

  #question(
    { kind, keptAlive }: Population,
    cookie: string | undefined,
  ): { readonly question: Question; readonly asked: number; readonly id?: string } {
    const { urls, headers, limitMilliseconds, slowMilliseconds } = this.#options;
    const url = urls[this.#count % urls.length]!;
    const agent = keptAlive ? this.#agent : undefined;
    const common = { url, agent, limitMilliseconds };
    const all = { ...headers, ...(cookie === undefined ? {} : { cookie }) };
    if (kind === "post") {
      const id = `${this.#run}-${this.#count}`;
      const length = { "content-length": "0", "x-request-id": id };
      return { question: { ...common, method: "POST", path: "/orders", headers: { ...all, ...length } }, asked: 0, id };
    }
    if (kind === "quick") return { question: { ...common, method: "GET", path: "/", headers: all }, asked: 0 };
    const [least, most] = slowMilliseconds;
    const asked = Math.round(least + Math.random() * (most - least));
    return { question: { ...common, method: "GET", path: `/slow?ms=${asked}`, headers: all }, asked };
  }
}

function failureIn(
  { failure, release, host }: Answer,
  about: {
    readonly at: number;
    readonly phase: string;
    readonly milliseconds: number;
    readonly population: Population;
    readonly question: Question;
  },
): LoadResult["examples"][number] | undefined {
  if (failure === undefined) return undefined;
  const { at, phase, milliseconds, population, question } = about;
  return {
    at,
    phase,
    request: `${question.method} ${question.path}`,
    kind: failure,
    keptAlive: population.keptAlive,
    milliseconds,
    ...(release === undefined ? {} : { release }),
    ...(host === undefined ? {} : { host }),
  };
}
