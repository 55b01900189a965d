/** One build at one place: a workspace, the commands, the artifact, and nothing left afterwards. */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";

import type { Artifact } from "../../core/release.ts";
import { ArtifactRefused, type Artifacts } from "../../ports/artifacts.ts";
import { BuildFailed, type BuildRequest } from "../../ports/builds.ts";
import { CommandEnded, type Command, type CommandResult } from "../../ports/hosts.ts";
import { Lines } from "./lines.ts";
import type { Place } from "./place.ts";
import { fetchProgram, lookProgram, prepareProgram, removeProgram, runProgram } from "./programs.ts";
import { packSource } from "./source-tar.ts";

/** A place that never stops sending ends here, not on a full disk. */
const mostArtifactBytes = 8 * 2 ** 30;

/** For what is not the build itself. */
const chores = { prepareSeconds: 1800, lookSeconds: 60, fetchSeconds: 1800, removeSeconds: 120 };

export class BuildAtPlace {
  readonly #place: Place;
  readonly #request: BuildRequest;
  readonly #artifacts: Pick<Artifacts, "takeIn" | "takeInPacked">;
  /** A directory on the server for what comes and goes. */
  readonly #own: string;

  constructor(place: Place, request: BuildRequest, artifacts: Pick<Artifacts, "takeIn" | "takeInPacked">, own: string) {
    this.#place = place;
    this.#request = request;
    this.#artifacts = artifacts;
    this.#own = join(own, randomUUID());
  }

  async run(): Promise<Artifact> {
    await mkdir(this.#own, { recursive: true, mode: 0o700 });
    try {
      await this.#prepare();
      await this.#runCommands();
      return await this.#takeArtifact(await this.#look());
    } catch (error) {
      if (error instanceof ArtifactRefused) throw new BuildFailed(error.message, { cause: error });
      if (error instanceof CommandEnded) throw this.#ended(error);
      throw error;
    } finally {
      await rm(this.#own, { recursive: true, force: true });
      await this.#remove();
    }
  }

  async #prepare(): Promise<void> {
    const source = await packSource(this.#request.source, join(this.#own, "source.tar"));
    const limitSeconds = chores.prepareSeconds;
    const { code, stderr } = await this.#ask(prepareProgram, [], { stdin: source, limitSeconds, channel: "bulk" });
    if (code !== 0)
      throw new BuildFailed(`${this.#title} could not begin: no workspace could be made.\n  ${tail(stderr)}`);
  }

  async #runCommands(): Promise<void> {
    const { build, log } = this.#request;
    const variables = Object.entries(build.variables).map(([name, value]) => `${name}=${value}`);
    const deadline = performance.now() + build.limitSeconds * 1000;
    for (const argv of build.run) {
      log(`${this.#place.title}: ${shown(argv)}`);
      const lines = new Lines(log);
      const began = performance.now();
      const { code } = await this.#ask(runProgram, [build.directory || ".", ...variables, ...argv], {
        limitSeconds: Math.max(1, Math.ceil((deadline - began) / 1000)),
        maxOutputBytes: 1,
        channel: "follow",
        onOutput: (chunk, stream) => lines.add(chunk, stream),
      }).catch((error: unknown) => {
        lines.end();
        throw error instanceof CommandEnded ? this.#ended(error, argv, lines) : error;
      });
      lines.end();
      if (code !== 0) throw this.#failed(argv, code, (performance.now() - began) / 1000, lines);
    }
  }

  /** Whether the artifact is a file or a directory. */
  async #look(): Promise<"file" | "directory"> {
    const { build } = this.#request;
    const limitSeconds = chores.lookSeconds;
    const { stdout, stderr, code } = await this.#ask(lookProgram, [build.directory || ".", build.artifact], {
      limitSeconds,
    });
    const answers = stdout
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const);
    const of = (key: string): readonly string[] => answers.filter(([name]) => name === key).map(([, value]) => value);
    const [kind] = of("kind");
    if (kind === "file" || kind === "directory") return kind;
    const artifact = JSON.stringify(build.artifact);
    if (code === 0 && kind === "outside")
      throw new BuildFailed(`${this.#title} left the artifact ${artifact} as a link that leads out of the source.`);
    if (code === 0 && kind === "special")
      throw new BuildFailed(`${this.#title} left ${artifact}, which is neither a file nor a directory.`);
    if (code !== 0 || kind !== "missing")
      throw new BuildFailed(`${this.#title}: the artifact can't be looked at.\n  ${tail(stderr)}`);
    const there = of("there").join(", ") || "nothing";
    throw new BuildFailed(
      `${this.#title} left no artifact ${artifact}, although every command ended with 0.\n` +
        `  In ${of("nearest")[0] || "the top"} of the source there is: ${there}\n` +
        "  Next: correct build.artifact, or what the build calls its artifact.",
    );
  }

  async #takeArtifact(kind: "file" | "directory"): Promise<Artifact> {
    const { build } = this.#request;
    const name = basename(build.artifact) === "." ? "source" : basename(build.artifact);
    const file = join(this.#own, kind === "file" ? name : "artifact.tar");
    const { code, stderr } = await this.#receive(file);
    if (code !== 0) throw new BuildFailed(`${this.#title}: the artifact could not be read.\n  ${tail(stderr)}`);
    return kind === "file" ? this.#artifacts.takeIn(file) : this.#artifacts.takeInPacked(file, name);
  }

  async #receive(path: string): Promise<CommandResult> {
    const { build } = this.#request;
    const file = openSync(path, "wx", 0o600);
    const tooMuch = new AbortController();
    let bytes = 0;
    try {
      return await this.#ask(fetchProgram, [build.directory || ".", build.artifact], {
        limitSeconds: chores.fetchSeconds,
        channel: "bulk",
        signal: AbortSignal.any([this.#request.signal, tooMuch.signal]),
        onBytes: (chunk) => {
          bytes += chunk.length;
          if (bytes > mostArtifactBytes) tooMuch.abort();
          else for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
        },
      });
    } catch (error) {
      if (tooMuch.signal.aborted)
        throw new BuildFailed(`${this.#title} left an artifact of more than ${mostArtifactBytes} bytes.`);
      throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Also after a failure and when the build was called off; never changes how the build ended. */
  async #remove(): Promise<void> {
    try {
      await this.#place.run(this.#command(removeProgram, [], { limitSeconds: chores.removeSeconds }));
    } catch (error) {
      this.#request.log(
        `the workspace of the build stays on ${this.#place.title} for now: ${(error as Error).message}`,
      );
    }
  }

  #ask(text: string, args: readonly string[], options: Omit<Command, "argv">): Promise<CommandResult> {
    return this.#place.run({ signal: this.#request.signal, ...this.#command(text, args, options) });
  }

  #command(text: string, args: readonly string[], options: Omit<Command, "argv">): Command {
    return { ...options, argv: ["sh", "-c", text, "signalbox", this.#place.workspaces, this.#request.id, ...args] };
  }

  get #title(): string {
    return `The build on ${this.#place.title}`;
  }

  #failed(argv: readonly string[], code: number, seconds: number, lines: Lines): BuildFailed {
    const how = code === 127 || code === 126 ? `can't be run (status ${code})` : `ended with status ${code}`;
    return new BuildFailed(
      `${this.#title} failed: ${shown(argv)} ${how} after ${seconds.toFixed(1)} s.\n${quoted(lines)}` +
        "  Nothing was sent to the service's hosts.",
    );
  }

  #ended(error: CommandEnded, argv?: readonly string[], lines?: Lines): BuildFailed {
    const said = lines === undefined ? "" : quoted(lines);
    if (error.because === "aborted")
      return new BuildFailed(`${this.#title} was called off; it and all that it had started were ended.`, {
        cause: error,
      });
    const what = argv === undefined ? "a chore around it" : shown(argv);
    return new BuildFailed(
      `${this.#title} failed: ${what} was still running when the limit of ${this.#request.build.limitSeconds} s was over.\n` +
        `${said}  It and all that it had started were ended. Nothing was sent to the service's hosts.\n` +
        "  Next: see what it was waiting for, or raise build.limit.",
      { cause: error },
    );
  }
}

/** A command for people: quoted only where it has to be. */
function shown(argv: readonly string[]): string {
  return `"${argv.map((argument) => (/^[\w@%+=:,./-]+$/.test(argument) ? argument : JSON.stringify(argument))).join(" ")}"`;
}

function quoted({ last }: Lines): string {
  if (last.length === 0) return "  It printed nothing.\n";
  return `  Its last lines:\n${last.map((line) => `    ${line}\n`).join("")}`;
}

const tail = (text: string): string =>
  text.trim().split("\n").slice(-3).join(" / ").slice(0, 600) || "It gave no reason.";
