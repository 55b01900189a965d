/** Repositories inside a repository: off by default, each fetched and checked out like the one around it. */
import { GitFailed } from "../../ports/git.ts";
import { readRelativeAddress, type Address } from "./address.ts";
import type { Mirror } from "./mirror.ts";
import { isSubmodule, listTree } from "./tree.ts";

export interface Submodule {
  readonly path: string;
  readonly revision: string;
  readonly address: Address;
}

const mostSubmodules = 100;
export const deepest = 5;

/** The submodules of a commit with their addresses from `.gitmodules`. */
export async function submodulesOf(
  mirror: Mirror,
  revision: string,
  plainHttp: ReadonlySet<string>,
): Promise<readonly Submodule[]> {
  const links = (await listTree(mirror, revision)).filter(isSubmodule);
  if (links.length === 0) return [];
  if (links.length > mostSubmodules)
    throw new GitFailed("refused", `${mirror.address.title} has more than ${mostSubmodules} submodules.`);
  const urls = await urlsByPath(mirror, revision);
  return links.map(({ path, object }) => {
    const url = urls.get(path);
    if (url === undefined)
      throw new GitFailed(
        "refused",
        `.gitmodules of ${mirror.address.title} has no address for ${JSON.stringify(path)}.`,
      );
    return { path, revision: object, address: readRelativeAddress(url, mirror.address, plainHttp) };
  });
}

async function urlsByPath(mirror: Mirror, revision: string): Promise<ReadonlyMap<string, string>> {
  const argv = ["config", "--blob", `${revision}:.gitmodules`, "-z", "--get-regexp", "^submodule\\..*\\.(path|url)$"];
  const listed = (await mirror.tryRead(argv))?.toString() ?? "";
  const byName = new Map<string, { path?: string; url?: string }>();
  for (const record of listed.split("\0").filter((line) => line !== "")) {
    const line = record.indexOf("\n");
    const [key, value] = [record.slice(0, line), record.slice(line + 1)];
    const name = key.slice(0, key.lastIndexOf("."));
    byName.set(name, { ...byName.get(name), [key.endsWith(".url") ? "url" : "path"]: value });
  }
  const found = [...byName.values()].flatMap(({ path, url }) =>
    path === undefined || url === undefined ? [] : [[path, url] as const],
  );
  return new Map(found);
}
