import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";

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
): Promise<GitWorld> {
  const directory = mkdtempSync(join(tmpdir(), "git-"));
  const repository = await Repository.create(directory, "shop");
  return {
    git: systemGit({ directory: join(directory, "data"), clock, plainHttp: ["127.0.0.1"] }),
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
  describeGit("ssh", () =>
    aWorld(({ bare }) => ({
      ...plain,
      git: `${sshd.url}${bare}`,
      identityFile: sshd.identityFile,
      hostKeys: [sshd.hostKey],
    })),
  );
});
