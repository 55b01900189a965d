import type { ByteStream, Hosts } from "../../ports/hosts.ts";
import { processInfo, type ProcessInfo } from "./haproxy-answers.ts";
import { encode, type RuntimeCommand } from "./haproxy-commands.ts";

/** Where `signalbox traffic install` has HAProxy listen for the deploy login. */
export const runtimeSocket = "/run/haproxy/signalbox.sock";

const answerWithinMs = 5000;
/** An open session keeps the SSH connection, and an old process of the proxy after a reload. */
const idleMs = 60_000;
const prompt = "\n> ";

/** The runtime API of one proxy over one warm stream, which is opened again when it was lost. */
export class HaproxyRuntime {
  readonly #hosts: Hosts;
  readonly #host: string;
  #session: Promise<RuntimeSession> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(hosts: Hosts, host: string) {
    this.#hosts = hosts;
    this.#host = host;
  }

  /**
   * A session with the process that serves now. An old process that finishes its requests after a reload still
   * answers on the streams that it has, and whatever it is told there changes nothing for new requests.
   *
   * @throws {HostUnreachable}
   * @throws {Error} when the proxy does not answer
   */
  async current(): Promise<{ readonly session: RuntimeSession; readonly info: ProcessInfo }> {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#drop(this.#session), idleMs).unref();

    const kept = this.#session;
    if (kept !== undefined) {
      const info = await kept.then(askInfo).catch(() => undefined);
      if (info?.stopping === false) return { session: await kept, info };
      this.#drop(kept);
    }

    // Those who ask at the same time share it.
    const opening = (this.#session ??= this.open());
    try {
      const session = await opening;
      return { session, info: await askInfo(session) };
    } catch (error) {
      this.#drop(opening);
      throw error;
    }
  }

  /**
   * A session of one's own, with whichever process takes it.
   *
   * @throws {HostUnreachable}
   * @throws {Error} when the proxy does not answer
   */
  async open(signal?: AbortSignal): Promise<RuntimeSession> {
    return RuntimeSession.begin(await this.#hosts.socket(this.#host, runtimeSocket, signal));
  }

  #drop(opened: Promise<RuntimeSession> | undefined): void {
    if (this.#session === opened) this.#session = undefined;
    void opened?.then(
      (session) => session.close(),
      () => {},
    );
  }
}

async function askInfo(session: RuntimeSession): Promise<ProcessInfo> {
  return processInfo(await session.ask({ say: "show info" }));
}

interface Question {
  readonly line: string;
  readonly answered: PromiseWithResolvers<string>;
}

/** Commands one after the other in `prompt` mode, where each answer ends with the prompt. */
export class RuntimeSession {
  readonly #stream: ByteStream;
  readonly #waiting: Question[] = [];
  #asked: Question | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heard = "";
  #lost: Error | undefined;
  #followed: { readonly heard: (text: string) => void; readonly ended: PromiseWithResolvers<void> } | undefined;

  private constructor(stream: ByteStream) {
    this.#stream = stream;
    void this.#listen();
  }

  static async begin(stream: ByteStream): Promise<RuntimeSession> {
    const session = new RuntimeSession(stream);
    await session.#say("prompt");
    return session;
  }

  /**
   * What the proxy answers, which says nothing about success: a change has to be read back.
   *
   * @throws {Error} when no answer came
   */
  ask(command: RuntimeCommand): Promise<string> {
    return this.#say(encode(command));
  }

  /**
   * For commands that answer with an empty line when they have worked.
   *
   * @throws {Error} with what the proxy said instead
   */
  async tell(command: RuntimeCommand): Promise<void> {
    const said = (await this.ask(command)).trim();
    if (said !== "") throw new Error(`HAProxy answered "${encode(command)}" with "${said.slice(0, 200)}"`);
  }

  /** Hands on what comes from here on; nothing can be asked any more. Resolves when the stream has ended. */
  follow(command: RuntimeCommand, heard: (text: string) => void): Promise<void> {
    this.#lost = new Error("the session follows events");
    this.#followed = { heard, ended: Promise.withResolvers<void>() };
    this.#stream.write(`${encode(command)}\n`);
    return this.#followed.ended.promise;
  }

  close(): void {
    this.#end(new Error("the session was closed"));
  }

  #say(line: string): Promise<string> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const question: Question = { line, answered: Promise.withResolvers<string>() };
    this.#waiting.push(question);
    this.#next();
    return question.answered.promise;
  }

  #next(): void {
    if (this.#asked !== undefined || this.#lost !== undefined) return;
    this.#asked = this.#waiting.shift();
    if (this.#asked === undefined) return;

    const { line } = this.#asked;
    const late = new Error(`HAProxy did not answer "${line}" within ${answerWithinMs / 1000} s`);
    this.#timer = setTimeout(() => this.#end(late), answerWithinMs);
    this.#heard = "";
    this.#stream.write(`${line}\n`);
  }

  async #listen(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#stream) {
        const text = decoder.decode(chunk, { stream: true });
        if (this.#followed !== undefined) this.#followed.heard(text);
        else this.#heard += text;
        if (this.#asked !== undefined && this.#heard.endsWith(prompt)) this.#answered(this.#asked);
      }
      this.#end(new Error("HAProxy closed the session"));
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #answered({ answered }: Question): void {
    clearTimeout(this.#timer);
    this.#asked = undefined;
    answered.resolve(this.#heard.slice(0, -prompt.length));
    this.#next();
  }

  #end(error: Error): void {
    clearTimeout(this.#timer);
    this.#lost ??= error;
    this.#stream.destroy();
    this.#followed?.ended.resolve();
    for (const { answered } of [this.#asked, ...this.#waiting.splice(0)].filter((one) => one !== undefined)) {
      answered.reject(this.#lost);
    }
    this.#asked = undefined;
  }
}
