/** Real git servers for tests: a directory, `git http-backend` behind a password, and sshd with a key. */
import { execFile, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const author = {
  PATH: process.env["PATH"] ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Kim",
  GIT_AUTHOR_EMAIL: "kim@example.com",
  GIT_COMMITTER_NAME: "Kim",
  GIT_COMMITTER_EMAIL: "kim@example.com",
};

/** A bare repository, and a clone of it from which is pushed. */
export class Repository {
  readonly bare: string;
  readonly #clone: string;

  private constructor(bare: string, clone: string) {
    this.bare = bare;
    this.#clone = clone;
  }

  static async create(directory: string, name: string): Promise<Repository> {
    const repository = new Repository(join(directory, `${name}.git`), join(directory, `${name}.clone`));
    await run("git", ["init", "--bare", "--quiet", "--initial-branch=main", repository.bare], { env: author });
    await run("git", ["init", "--quiet", "--initial-branch=main", repository.#clone], { env: author });
    return repository;
  }

  async git(...argv: readonly string[]): Promise<string> {
    const { stdout } = await run("git", ["-c", "protocol.file.allow=always", ...argv], {
      cwd: this.#clone,
      env: author,
    });
    return stdout.trim();
  }

  /** Commits files and pushes them; `null` removes one, `-> x` is a link, and what begins with `#!` is executable. */
  async push(
    branch: string,
    files: Readonly<Record<string, string | null>>,
    options: { readonly force?: boolean; readonly to?: string } = {},
  ): Promise<string> {
    for (const [path, content] of Object.entries(files)) put(join(this.#clone, path), content);
    await this.git("add", "--all");
    await this.git(
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      `change ${Object.keys(files).join(", ")}`,
      ...(options.force === true ? ["--amend"] : []),
    );
    await this.git("push", "--quiet", "--force", options.to ?? this.bare, `HEAD:refs/heads/${branch}`);
    return this.git("rev-parse", "HEAD");
  }

  async tag(name: string, revision: string): Promise<void> {
    await this.git("tag", "--annotate", "-m", "a tag", name, revision);
    await this.git("push", "--quiet", this.bare, `refs/tags/${name}`);
  }
}

function put(path: string, content: string | null): void {
  rmSync(path, { force: true, recursive: true });
  if (content === null) return;
  mkdirSync(dirname(path), { recursive: true });
  if (content.startsWith("-> ")) return symlinkSync(content.slice(3), path);
  writeFileSync(path, content);
  chmodSync(path, content.startsWith("#!") ? 0o755 : 0o644);
}

export interface HttpGit {
  readonly url: string;
  readonly host: string;
  /** Called with each request that carries a login, while git waits for the answer. */
  seen: (authorization: string) => void;
  /** As long as this is set, requests for objects are not answered; called for each of them. */
  stall: (() => void) | undefined;
  close(): void;
}

/** `git http-backend` for a directory of repositories, with a password unless there is none. */
export async function serveHttp(directory: string, password?: string): Promise<HttpGit> {
  const state: HttpGit = { url: "", host: "127.0.0.1", seen: () => {}, stall: undefined, close: () => {} };
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) state.seen(authorization);
    if (password !== undefined && authorization !== `Basic ${btoa(`${password}:${password}`)}`) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    } else if (state.stall !== undefined && request.method === "POST") {
      state.stall();
    } else {
      backend(directory, request, response);
    }
  });
  const port = await listen(server);
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

function backend(directory: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const environment = {
    PATH: process.env["PATH"] ?? "",
    GIT_PROJECT_ROOT: directory,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    HOME: "/nonexistent",
    PATH_INFO: decodeURIComponent(path),
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? "GET",
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
    GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
  };
  const child = spawn("git", ["http-backend"], { env: environment, stdio: ["pipe", "pipe", "ignore"] });
  request.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const answer: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => answer.push(chunk));
  child.on("close", () => {
    const whole = Buffer.concat(answer);
    const end = whole.indexOf("\r\n\r\n");
    const headers = whole
      .toString("latin1", 0, end)
      .split("\r\n")
      .map((line) => line.split(": "));
    const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
    for (const [name = "", value = ""] of headers)
      if (name !== "Status" && name !== "") response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10)).end(whole.subarray(end + 4));
  });
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export interface SshGit {
  /** To be followed by the absolute path of a repository. */
  readonly url: string;
  readonly hostKey: string;
  readonly identityFile: string;
  close(): void;
}

/** A real sshd for the user who runs the tests, with one key that may log in. */
export async function serveSsh(): Promise<SshGit> {
  const directory = mkdtempSync(join(tmpdir(), "sshd-"));
  const [hostKey, identity] = [join(directory, "host"), join(directory, "identity")];
  for (const key of [hostKey, identity]) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  // sshd insists on it when root starts it.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const probe = createTcpServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${identity}.pub`,
    "PasswordAuthentication no",
    // Its default costs 20 times the processor time, and these connections never leave the machine.
    "KexAlgorithms curve25519-sha256",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "StrictModes no",
    "UsePAM no",
    // What the shell of whoever runs the tests does at each login is not what is tested, and may take long.
    "SetEnv HOME=/nonexistent",
    `PidFile ${join(directory, "pid")}`,
  ];
  writeFileSync(join(directory, "config"), `${settings.join("\n")}\n`);
  const sshd = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(directory, "config")], { stdio: "ignore" });
  await answering(port);
  const [type, key] = readFileSync(`${hostKey}.pub`, "utf8").split(" ");
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    hostKey: `${type} ${key}`,
    identityFile: identity,
    close: () => {
      sshd.kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("sshd does not answer");
}

/** A program for `source.askpass`; the password is in a file beside it that only its user can read. */
export function askpassProgram(directory: string, password: string): string {
  const [program, secret] = [join(directory, "askpass"), join(directory, "secret")];
  writeFileSync(secret, password, { mode: 0o600 });
  writeFileSync(program, '#!/bin/sh\nexec cat "$(dirname "$0")/secret"\n', { mode: 0o700 });
  return program;
}

/** Whether a file still exists, without following a link. */
export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
