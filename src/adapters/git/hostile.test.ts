/** Real repositories and servers that mean harm, and credentials that must not be seen anywhere. */
import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import {
  askpassProgram,
  exists,
  type HttpGit,
  Repository,
  serveHttp,
  serveSsh,
} from "../../../test/support/git-server.ts";
import type { Source } from "../../core/service.ts";
import { systemGit } from "./index.ts";

const clock = { now: () => Date.now(), sleep: async () => {} };
const signal = new AbortController().signal;
const quiet = { signal, log: () => {} };
const plain = { branch: "main", submodules: false, hostKeys: [] };
const newDirectory = (): string => mkdtempSync(join(tmpdir(), "hostile-"));
const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));

const gitIn = (directory: string, limitSeconds = 60): ReturnType<typeof systemGit> =>
  systemGit({ directory: join(directory, "data"), clock, limitSeconds, plainHttp: ["127.0.0.1"] });

async function httpServer(directory: string, password?: string): Promise<HttpGit> {
  const server = await serveHttp(directory, password);
  closing.push(() => server.close());
  return server;
}

describe("a branch", { timeout: 60_000 }, () => {
  /** Git allows these names; a shell would run them. */
  const names = [
    "a$(touch${IFS}canary)",
    "a`touch${IFS}canary`",
    "a;touch${IFS}canary",
    "a|touch${IFS}canary",
    "a&touch${IFS}canary",
    "a'b",
    'a"b',
    "a>canary",
    "a#b",
    "a%2e%2e",
    "a{b,c}",
    "!a",
    "a=b",
  ];

  it("is deployed whatever its name would do in a shell", async () => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    const revision = await repository.push("main", { "a.txt": "x" });
    const source: Source = { ...plain, git: `${(await httpServer(directory)).url}/shop.git` };
    const git = gitIn(directory);
    for (const name of names) {
      await repository.git("push", "--quiet", repository.bare, `HEAD:refs/heads/${name}`);
      expect(await git.fetch(source, name, quiet)).toMatchObject({ revision });
    }
    const found = execFileSync("find", [directory, "-name", "canary*"]).toString();
    expect([found, existsSync("canary")]).toEqual(["", false]);
  });
});

describe("a repository", { timeout: 60_000 }, () => {
  it.each([
    ["an absolute link", { loot: "-> /etc/shadow" }, /"loot" is absolute/],
    ["a link that leads out", { "a/loot": "-> ../../secret" }, /"a\/loot" leads out/],
    [
      "a link that leads out through another",
      { "a/b/up": "-> ../..", loot: "-> a/b/up/../secret" },
      /"loot" leads out/,
    ],
  ])("with %s is not checked out", async (_title, files, says) => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    const revision = await repository.push("main", files as Record<string, string>);
    const source = { ...plain, git: repository.bare };
    const git = gitIn(directory);
    await git.fetch(source, "main", quiet);
    await expect(git.checkout(source, revision, join(directory, "tree"), signal)).rejects.toThrow(says);
    expect(readdirSync(join(directory, "tree"))).toEqual([]);
  });

  it("runs no filter and no hook, and leaves LFS pointers with a word", async () => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    const pointer = "version https://git-lfs.github.com/spec/v1\n";
    const revision = await repository.push("main", {
      ".gitattributes": "*.bin filter=lfs\n*.txt filter=evil export-ignore\n",
      "a.bin": pointer,
      "a.txt": "text",
    });
    const source = { ...plain, git: repository.bare };
    const git = gitIn(directory);
    const lines: string[] = [];
    await git.fetch(source, "main", { signal, log: (line) => lines.push(line) });
    await git.checkout(source, revision, join(directory, "tree"), signal);
    expect(readFileSync(join(directory, "tree/a.bin"), "utf8")).toBe(pointer);
    expect(readFileSync(join(directory, "tree/a.txt"), "utf8")).toBe("text");
    expect(lines.join("\n")).toMatch(/Git LFS/);
  });

  it("is checked out into an empty directory only", async () => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    const revision = await repository.push("main", { a: "x" });
    const source = { ...plain, git: repository.bare };
    const git = gitIn(directory);
    await git.fetch(source, "main", quiet);
    await expect(git.checkout(source, revision, directory, signal)).rejects.toThrow(/not empty/);
    await expect(git.checkout(source, "main", join(directory, "x"), signal)).rejects.toThrow(/full name/);
  });
});

describe("submodules", { timeout: 60_000 }, () => {
  async function aFamily(): Promise<{ directory: string; source: Source; revision: string }> {
    const directory = newDirectory();
    const [shop, stock, deep] = [
      await Repository.create(directory, "shop"),
      await Repository.create(directory, "stock"),
      await Repository.create(directory, "deep"),
    ];
    await deep.push("main", { "deep.txt": "deep" });
    await stock.push("main", { "stock.txt": "stock" });
    await stock.git("submodule", "--quiet", "add", deep.bare, "lib/deep");
    await stock.git("config", "-f", ".gitmodules", "submodule.lib/deep.url", "../deep.git");
    await stock.push("main", {});
    await shop.git("submodule", "--quiet", "add", stock.bare, "stock");
    await shop.git("config", "-f", ".gitmodules", "submodule.stock.url", "../stock.git");
    const revision = await shop.push("main", { "shop.txt": "shop" });
    return { directory, source: { ...plain, git: shop.bare }, revision };
  }

  it("are left out, with a word, unless they are asked for", async () => {
    const { directory, source, revision } = await aFamily();
    const git = gitIn(directory);
    const lines: string[] = [];
    await git.fetch(source, "main", { signal, log: (line) => lines.push(line) });
    await git.checkout(source, revision, join(directory, "tree"), signal);
    expect(lines.join("\n")).toMatch(/submodules; they are left out/);
    expect(exists(join(directory, "tree/stock/stock.txt"))).toBe(false);
  });

  it("are checked out one in the other when they are asked for", async () => {
    const { directory, source, revision } = await aFamily();
    const git = gitIn(directory);
    await git.fetch({ ...source, submodules: true }, "main", quiet);
    await git.checkout({ ...source, submodules: true }, revision, join(directory, "tree"), signal);
    for (const [path, text] of [
      ["shop.txt", "shop"],
      ["stock/stock.txt", "stock"],
      ["stock/lib/deep/deep.txt", "deep"],
    ] as const)
      expect(readFileSync(join(directory, "tree", path), "utf8")).toBe(text);
  });

  it("on another server never see the credentials", async () => {
    const directory = newDirectory();
    const [shop, other] = [await Repository.create(directory, "shop"), await Repository.create(directory, "other")];
    const revision = await other.push("main", { a: "x" });
    const [home, foreign] = [await httpServer(directory, "a secret word"), await httpServer(directory, "their word")];
    const seen: string[] = [];
    foreign.seen = (authorization) => seen.push(authorization);
    await shop.push("main", { ".gitmodules": `[submodule "o"]\n\tpath = o\n\turl = ${foreign.url}/other.git\n` });
    await shop.git("update-index", "--add", "--cacheinfo", `160000,${revision},o`);
    await shop.git("commit", "--quiet", "-m", "link");
    await shop.git("push", "--quiet", shop.bare, "HEAD:refs/heads/main");
    const source = {
      ...plain,
      submodules: true,
      git: `${home.url}/shop.git`,
      askpass: askpassProgram(directory, "a secret word"),
    };
    await expect(gitIn(directory).fetch(source, "main", quiet)).rejects.toMatchObject({ because: "denied" });
    expect(seen).toEqual([]);
  });
});

describe("credentials", { timeout: 60_000 }, () => {
  it("are seen by the git server and nowhere else: no process list, no environment, no file, no log", async () => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    await repository.push("main", { a: "x" });
    const secret = `token-${Math.random().toString(36).slice(2)}`;
    const server = await httpServer(directory, secret);
    const traces: string[] = [];
    let logins = 0;
    server.seen = () => {
      logins++;
      traces.push(...processesWith(secret));
    };
    const askpass = askpassProgram(newDirectory(), secret);
    const lines: string[] = [];
    const source = { ...plain, git: `${server.url}/shop.git`, askpass };
    await gitIn(directory).fetch(source, "main", { signal, log: (line) => lines.push(line) });
    expect(logins).toBeGreaterThan(0);
    expect(traces).toEqual([]);
    expect(
      execFileSync("sh", ["-c", 'grep -rlaF -- "$1" "$2" || :', "sh", secret, join(directory, "data")]).toString(),
    ).toBe("");
    expect(lines.join("\n")).not.toContain(secret);
  });

  it("that are wrong, missing or can't be used say what to do, not what they are", async () => {
    const directory = newDirectory();
    await (await Repository.create(directory, "shop")).push("main", { a: "x" });
    const server = await httpServer(directory, "right");
    const git = `${server.url}/shop.git`;
    const wrong = { ...plain, git, askpass: askpassProgram(newDirectory(), "wrong-secret") };
    const failure = await gitIn(directory)
      .fetch(wrong, "main", quiet)
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ because: "denied", message: expect.stringContaining("source.askpass") });
    expect((failure as Error).message).not.toContain("wrong-secret");
    await expect(gitIn(directory).fetch({ ...plain, git }, "main", quiet)).rejects.toMatchObject({ because: "denied" });
    await expect(gitIn(directory).fetch({ ...wrong, askpass: "/missing" }, "main", quiet)).rejects.toThrow(
      /can't be used/,
    );
  });

  it("over ssh need a pinned key of the git server", async () => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    await repository.push("main", { a: "x" });
    const sshd = await serveSsh();
    closing.push(() => sshd.close());
    const source = { ...plain, git: `${sshd.url}${repository.bare}`, identityFile: sshd.identityFile };
    const other = readFileSync(`${sshd.identityFile}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
    const git = gitIn(directory);
    await expect(git.fetch(source, "main", quiet)).rejects.toThrow(/not pinned/);
    await expect(git.fetch({ ...source, hostKeys: [other] }, "main", quiet)).rejects.toMatchObject({
      because: "refused",
      message: expect.stringContaining("pinned host key"),
    });
    await expect(git.fetch({ ...source, hostKeys: ["x\nProxyCommand touch canary"] }, "main", quiet)).rejects.toThrow(
      /not a host key/,
    );
    const stranger = join(directory, "stranger");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", stranger]);
    await expect(
      git.fetch({ ...source, identityFile: stranger, hostKeys: [sshd.hostKey] }, "main", quiet),
    ).rejects.toMatchObject({ because: "denied" });
  });
});

describe("a git server that does not answer", { timeout: 60_000 }, () => {
  it("is given up after the limit, and nothing of git is left", async () => {
    const directory = newDirectory();
    await (await Repository.create(directory, "shop")).push("main", { a: "x" });
    const server = await httpServer(directory);
    server.stall = () => {};
    const source = { ...plain, git: `${server.url}/shop.git` };
    await expect(gitIn(directory, 1).fetch(source, "main", quiet)).rejects.toMatchObject({ because: "unreachable" });
    expect(processesWith(server.url)).toEqual([]);
  });

  it("is left at once when the deployment is aborted", async () => {
    const directory = newDirectory();
    await (await Repository.create(directory, "shop")).push("main", { a: "x" });
    const server = await httpServer(directory);
    const abort = new AbortController();
    server.stall = () => abort.abort();
    const source = { ...plain, git: `${server.url}/shop.git` };
    await expect(gitIn(directory).fetch(source, "main", { signal: abort.signal, log: () => {} })).rejects.toThrow(
      /stopped/,
    );
    expect(processesWith(server.url)).toEqual([]);
  });

  it("or is not there, is said to be unreachable", async () => {
    const git = gitIn(newDirectory());
    await expect(git.fetch({ ...plain, git: "http://127.0.0.1:1/shop.git" }, "main", quiet)).rejects.toMatchObject({
      because: "unreachable",
    });
    await expect(git.fetch({ ...plain, git: "https://nowhere.invalid/x.git" }, "main", quiet)).rejects.toMatchObject({
      because: "unreachable",
    });
  });
});

describe("a server that is killed in the middle of a fetch", { timeout: 60_000 }, () => {
  it("finds its mirror usable when it comes back, whatever git left behind", async () => {
    const directory = newDirectory();
    const repository = await Repository.create(directory, "shop");
    await repository.push("main", { a: "first" });
    const server = await httpServer(directory);
    const source = { ...plain, git: `${server.url}/shop.git` };
    await gitIn(directory).fetch(source, "main", quiet);
    const revision = await repository.push("main", { a: "second" });

    const asked = new Promise<void>((resolve) => (server.stall = resolve));
    const child = fork(join(import.meta.dirname, "fetch.child.ts"), [join(directory, "data"), source.git]);
    await asked;
    child.kill("SIGKILL");
    expect(processesWith(server.url)).not.toEqual([]);
    const mirrors = join(directory, "data/mirrors");
    const [mirror = ""] = readdirSync(mirrors).filter((name) => name.endsWith(".git"));
    mkdirSync(join(mirrors, mirror, "refs/signalbox"), { recursive: true });
    for (const left of [
      "config.lock",
      "packed-refs.lock",
      "shallow.lock",
      "refs/signalbox/fetched.lock",
      "objects/pack/tmp_pack_x",
    ])
      writeFileSync(join(mirrors, mirror, left), "");

    server.stall = undefined;
    const began = performance.now();
    expect(await gitIn(directory).fetch(source, "main", quiet)).toMatchObject({ revision });
    // Sooner than the forgotten git would have given up by itself.
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(processesWith(server.url)).toEqual([]);
  });
});

/** The command lines and environments of this machine that hold a text. */
function processesWith(text: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => ["cmdline", "environ"].map((file) => join("/proc", pid, file)))
    .filter((file) => {
      try {
        return readFileSync(file, "latin1").includes(text);
      } catch {
        return false;
      }
    });
}
