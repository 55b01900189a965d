/** Written after the documentation of GitLab ("Webhook events": push and tag events); not recorded. */
import type { Sample } from "../../ports/forge-story.contract.ts";
import { story } from "../../ports/forge-story.contract.ts";

const { before, after, none, author } = story;

function headers(event: string): Sample["headers"] {
  return {
    "user-agent": "GitLab/18.6.0",
    "idempotency-key": story.delivery,
    "x-gitlab-event": event,
    "x-gitlab-event-uuid": "13792a34-cac6-4fda-95a8-c58e00a3954e",
    "x-gitlab-instance": "https://gitlab.com",
    "x-gitlab-webhook-uuid": "02affd2d-2cba-4033-917d-ec22d5dc4b38",
  };
}

const project = {
  id: 15,
  name: "orders",
  description: "",
  web_url: "https://gitlab.com/acme/orders",
  avatar_url: null,
  git_ssh_url: "git@gitlab.com:acme/orders.git",
  git_http_url: "https://gitlab.com/acme/orders.git",
  namespace: "acme",
  visibility_level: 0,
  path_with_namespace: story.repository,
  default_branch: "main",
  ci_config_path: null,
  homepage: "https://gitlab.com/acme/orders",
  url: "git@gitlab.com:acme/orders.git",
  ssh_url: "git@gitlab.com:acme/orders.git",
  http_url: "https://gitlab.com/acme/orders.git",
};

const commit = {
  id: after,
  message: "orders: count what is in the cart\n",
  title: "orders: count what is in the cart",
  timestamp: "2025-11-24T16:20:41+01:00",
  url: `https://gitlab.com/acme/orders/-/commit/${after}`,
  author: { name: author.name, email: author.mail },
  added: [story.paths[1]],
  modified: [story.paths[0]],
  removed: [story.paths[2]],
};

const base = {
  object_kind: "push",
  event_name: "push",
  before,
  after,
  ref: "refs/heads/main",
  ref_protected: true,
  checkout_sha: after,
  message: null,
  user_id: 51764,
  user_name: "Kim",
  user_username: story.login,
  user_email: story.mail,
  user_avatar: null,
  project_id: 15,
  project,
  commits: [commit],
  total_commits_count: 1,
  push_options: {},
  repository: {
    name: "orders",
    url: "git@gitlab.com:acme/orders.git",
    description: "",
    homepage: "https://gitlab.com/acme/orders",
    git_http_url: "https://gitlab.com/acme/orders.git",
    git_ssh_url: "git@gitlab.com:acme/orders.git",
    visibility_level: 0,
  },
};

const push = (changes: Sample["payload"]): Sample => ({
  headers: headers("Push Hook"),
  payload: { ...base, ...changes },
});

export const samples = {
  push: push({}),
  tag: {
    headers: headers("Tag Push Hook"),
    payload: {
      ...base,
      object_kind: "tag_push",
      event_name: "tag_push",
      ref: "refs/tags/v1.2.0",
      before: none,
      commits: [],
      total_commits_count: 0,
    },
  },
  created: push({ before: none }),
  deleted: push({ after: none, checkout_sha: null, commits: [], total_commits_count: 0 }),
  rewritten: push({}),
  unicode: push({ ref: `refs/heads/${story.unicodeBranch}` }),
  other: {
    headers: headers("Issue Hook"),
    payload: { object_kind: "issue", event_type: "issue", user: { id: 1, username: "kim" }, project, ref: base.ref },
  },
};

/** Only the last twenty commits are listed; the total tells. */
export const cutOff = push({
  commits: Array.from({ length: 20 }, () => commit),
  total_commits_count: 21,
});

/** What GitLab sends in place of mail addresses that are private. */
export const redacted = push({
  user_email: "",
  commits: [{ ...commit, author: { name: author.name, email: "[REDACTED]" } }],
});
