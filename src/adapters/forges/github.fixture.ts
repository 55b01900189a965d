/** Written after the documentation of GitHub ("Webhook events and payloads", push and ping); not recorded. */
import type { Sample } from "../../ports/forge-story.contract.ts";
import { story } from "../../ports/forge-story.contract.ts";

const { before, after, none, author } = story;

function headers(event: string): Sample["headers"] {
  return {
    "user-agent": "GitHub-Hookshot/044aadd",
    "x-github-delivery": story.delivery,
    "x-github-event": event,
    "x-github-hook-id": "292430182",
    "x-github-hook-installation-target-id": "79929171",
    "x-github-hook-installation-target-type": "repository",
  };
}

const kim = {
  login: story.login,
  id: 21031067,
  node_id: "MDQ6VXNlcjIxMDMxMDY3",
  html_url: "https://github.com/kim",
  type: "User",
  site_admin: false,
};

const repository = {
  id: 186853002,
  node_id: "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=",
  name: "orders",
  full_name: story.repository,
  private: true,
  owner: { name: "acme", email: null, login: "acme", id: 38302899, type: "Organization" },
  html_url: "https://github.com/acme/orders",
  description: null,
  fork: false,
  url: "https://github.com/acme/orders",
  statuses_url: "https://api.github.com/repos/acme/orders/statuses/{sha}",
  created_at: 1557933565,
  updated_at: "2025-11-24T15:20:41Z",
  pushed_at: 1557933657,
  git_url: "git://github.com/acme/orders.git",
  ssh_url: "git@github.com:acme/orders.git",
  clone_url: "https://github.com/acme/orders.git",
  default_branch: "main",
  master_branch: "main",
  organization: "acme",
};

const commit = {
  id: after,
  tree_id: "f9d2a07e9488b91af2641b26b9407fe22a451433",
  distinct: true,
  message: "orders: count what is in the cart",
  timestamp: "2025-11-24T16:20:41+01:00",
  url: `https://github.com/acme/orders/commit/${after}`,
  author: { name: author.name, email: author.mail, username: author.login },
  committer: { name: "GitHub", email: "noreply@github.com", username: "web-flow" },
  added: [story.paths[1]],
  removed: [story.paths[2]],
  modified: [story.paths[0]],
};

const base = {
  ref: "refs/heads/main",
  before,
  after,
  repository,
  pusher: { name: story.login, email: story.mail },
  organization: { login: "acme", id: 38302899 },
  sender: kim,
  created: false,
  deleted: false,
  forced: false,
  base_ref: null,
  compare: `https://github.com/acme/orders/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
  commits: [commit],
  head_commit: commit,
};

const push = (changes: Sample["payload"]): Sample => ({ headers: headers("push"), payload: { ...base, ...changes } });

export const samples = {
  push: push({}),
  tag: push({ ref: "refs/tags/v1.2.0", before: none, created: true, base_ref: "refs/heads/main", commits: [] }),
  created: push({ before: none, created: true, commits: [commit] }),
  deleted: push({ after: none, deleted: true, commits: [], head_commit: null }),
  rewritten: push({ forced: true }),
  unicode: push({ ref: `refs/heads/${story.unicodeBranch}` }),
  other: {
    headers: headers("issues"),
    payload: { action: "opened", issue: { id: 1, title: "refs/heads/main" }, repository, sender: kim },
  },
};

export const cutOff = push({
  commits: Array.from({ length: 2048 }, () => ({ id: after, author: commit.author, added: [] })),
});

export const ping: Sample = {
  headers: headers("ping"),
  payload: {
    zen: "Keep it logically awesome.",
    hook_id: 292430182,
    hook: { type: "Repository", id: 292430182, name: "web", active: true, events: ["push"] },
    repository,
    sender: kim,
  },
};
