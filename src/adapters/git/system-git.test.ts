import { chmodSync, copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { askpassProgram, Repository, serveHttp, serveSsh } from "../../../test/support/git-server.ts";
import type { Source } from "../../core/service.ts";
import { describeGit, type GitWorld } from "../../ports/git.contract.ts";
import { systemGit } from "./index.ts";

const clock = { now: () => Date.now(), sleep: async () => {} };
const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));

const plain = { branch: "main", submodules: false, hostKeys: [] };

async function aWorld(
  sourceFor: (repository: Repository, directory: string) => Source | Promise<Source>,
  warmSeconds = 0,
): Promise<GitWorld> {
  const directory = mkdtempSync(join(tmpdir(), "git-"));
  const repository = await Repository.create(directory, "shop");
  return {
    git: systemGit({ directory: join(directory, "data"), clock, warmSeconds, plainHttp: ["127.0.0.1"] }),
    source: await sourceFor(repository, directory),
    push: (branch, files, options) => repository.push(branch, files, options),
    tag: (name, revision) => repository.tag(name, revision),
  };
}

describeGit("a path", () => aWorld(({ bare }) => ({ ...plain, git: bare })));

describeGit("http with a password", () =>
  aWorld(async (_repository, directory) => {
    const server = await serveHttp(directory, "a secret word");
    closing.push(() => server.close());
    return { ...plain, git: `${server.url}/shop.git`, askpass: askpassProgram(directory, "a secret word") };
  }),
);

describe("with a key", async () => {
  const sshd = await serveSsh();
  closing.push(() => sshd.close());
  const source = ({ bare }: Repository): Source => ({
    ...plain,
    git: `${sshd.url}${bare}`,
    identityFile: sshd.identityFile,
    hostKeys: [sshd.hostKey],
  });
  describeGit("ssh", () => aWorld(source));
  describeGit("ssh with a connection that is kept", () => aWorld(source, 5));

  it("asks over the connection that is kept when nobody can log in any more", async () => {
    const {
      git,
      source: over,
      push,
    } = await aWorld((repository, directory) => {
      const identityFile = join(directory, "identity");
      copyFileSync(sshd.identityFile, identityFile);
      chmodSync(identityFile, 0o600);
      return { ...source(repository), identityFile };
    }, 5);
    const first = await push("main", { a: "one" });
    expect((await git.listTips(over, new AbortController().signal)).get("refs/heads/main")).toBe(first);
    sshd.close();
    const second = await push("main", { a: "two" });
    expect((await git.listTips(over, new AbortController().signal)).get("refs/heads/main")).toBe(second);
  });
});
