/** Written after the documentation of Gitea and Forgejo ("Webhooks") and their API's types; not recorded. */
import type { Sample } from "../../ports/forge-story.contract.ts";
import { story } from "../../ports/forge-story.contract.ts";

const { before, after, none, author } = story;

type ForgeSample = "push" | "tag" | "created" | "deleted" | "rewritten" | "unicode" | "other" | "cutOff" | "ping";

/** Forgejo sends its own headers besides those of Gitea; both send those of GitHub and Gogs. */
function headers(event: string, products: readonly string[]): Sample["headers"] {
  return Object.fromEntries(
    [...products, "gitea", "gogs", "github"].flatMap((product) => [
      [`x-${product}-delivery`, story.delivery],
      [`x-${product}-event`, event],
      [`x-${product}-event-type`, event],
    ]),
  );
}

const kim = {
  id: 1,
  login: story.login,
  login_name: "",
  full_name: "Kim",
  email: story.mail,
  avatar_url: "https://git.acme.example/avatars/1",
  username: story.login,
};

const repository = {
  id: 140,
  owner: { id: 25, login: "acme", full_name: "", email: "", username: "acme" },
  name: "orders",
  full_name: story.repository,
  description: "",
  empty: false,
  private: true,
  fork: false,
  mirror: false,
  size: 64,
  html_url: "https://git.acme.example/acme/orders",
  ssh_url: "ssh://git@git.acme.example:2222/acme/orders.git",
  clone_url: "https://git.acme.example/acme/orders.git",
  default_branch: "main",
  created_at: "2017-02-26T04:29:06-05:00",
  updated_at: "2025-11-24T16:20:41+01:00",
};

const commit = {
  id: after,
  message: "orders: count what is in the cart\n",
  url: `https://git.acme.example/acme/orders/commit/${after}`,
  author: { name: author.name, email: author.mail, username: author.login },
  committer: { name: author.name, email: author.mail, username: author.login },
  verification: null,
  timestamp: "2025-11-24T16:20:41+01:00",
  added: [story.paths[1]],
  removed: [story.paths[2]],
  modified: [story.paths[0]],
};

const base = {
  ref: "refs/heads/main",
  before,
  after,
  compare_url: `https://git.acme.example/acme/orders/compare/${before}...${after}`,
  commits: [commit],
  total_commits: 1,
  head_commit: commit,
  repository,
  pusher: kim,
  sender: kim,
};

export function samplesOf(products: readonly string[]): {
  readonly [name in ForgeSample | "deletedTag" | "deletedInFull" | "old" | "withoutFiles" | "withOneList"]: Sample;
} {
  const push = (changes: Sample["payload"]): Sample => ({
    headers: headers("push", products),
    payload: { ...base, ...changes },
  });
  const gone = (payload: Sample["payload"]): Sample => ({
    headers: headers("delete", products),
    payload: { pusher_type: "user", repository, sender: kim, ...payload },
  });
  return {
    push: push({}),
    tag: push({ ref: "refs/tags/v1.2.0", before: none, commits: null, total_commits: 0 }),
    created: push({ before: none }),
    deleted: push({ after: none, commits: [], total_commits: 0 }),
    deletedTag: gone({ ref: story.tag, ref_type: "tag" }),
    deletedInFull: gone({ ref: `refs/tags/${story.tag}`, ref_type: "tag" }),
    rewritten: push({}),
    unicode: push({ ref: `refs/heads/${story.unicodeBranch}` }),
    other: { headers: headers("issues", products), payload: { action: "opened", number: 1, repository, sender: kim } },
    cutOff: push({ total_commits: 6 }),
    ping: push({ before: after }),
    /** Before `total_commits` was sent. */
    old: push({ total_commits: undefined }),
    /** Some versions have nothing in place of an empty list. */
    withoutFiles: push({ commits: [{ ...commit, added: null, removed: null, modified: null }] }),
    withOneList: push({ commits: [{ ...commit, added: null, removed: null }] }),
  };
}
