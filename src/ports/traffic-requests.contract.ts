/** Requests through a proxy, for the contract of traffic: every answer and every failure is kept. */
import { Agent, request } from "node:http";

export interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  /** The member that answered, as it names itself. */
  readonly member: string;
  readonly side: string;
  /** The cookies that were set, as they are sent back. */
  readonly cookie: string;
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
}

/** A browser of one user, or of many who keep no cookies. */
export class Client {
  readonly #front: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 50 });

  constructor(front: string) {
    this.#front = front;
  }

  ask(path = "/", headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const at = performance.now();
    return new Promise((resolve) => {
      const broken = (): void => resolve({ status: 0, member: "", side: "", cookie: "", at });
      const sent = request(new URL(path, this.#front), { agent: this.#agent, headers }, (response) => {
        const { statusCode: status = 0, headers: heard } = response;
        const member = String(heard["x-member"] ?? "");
        const cookie = (heard["set-cookie"] ?? []).map((one) => one.split(";")[0]).join("; ");
        response.once("error", broken).once("aborted", broken).resume();
        response.once("end", () => resolve({ status, member, side: member.split("/")[0] ?? "", cookie, at }));
      });
      sent.once("error", broken).end();
    });
  }

  /** So many requests, twenty at a time; each may have headers of its own. */
  async askMany(
    count: number,
    headersOf: (index: number) => Readonly<Record<string, string>> = () => ({}),
  ): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        answers[index] = await this.ask("/", headersOf(index));
      }
    };
    await Promise.all(Array.from({ length: 20 }, work));
    return answers;
  }

  /** Asks without a pause until it is told to stop. */
  keepAsking(headersOf: (index: number) => Readonly<Record<string, string>> = () => ({})): {
    stop(): Promise<readonly Answer[]>;
  } {
    const answers: Answer[] = [];
    const stopping = new AbortController();
    const work = async (_: unknown, index: number): Promise<void> => {
      while (!stopping.signal.aborted) answers.push(await this.ask("/", headersOf(index)));
    };
    const working = Promise.all(Array.from({ length: 8 }, work));
    return {
      async stop() {
        stopping.abort();
        await working;
        return answers;
      },
    };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** How often each value occurs. */
export function tally(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
