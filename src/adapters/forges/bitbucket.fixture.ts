/** Written after the documentation of Bitbucket Cloud ("Event payloads": push); not recorded. */
import type { Sample } from "../../ports/forge-story.contract.ts";
import { story } from "../../ports/forge-story.contract.ts";

const { before, after, author } = story;

function headers(event: string): Sample["headers"] {
  return {
    "user-agent": "Bitbucket-Webhooks/2.0",
    "x-attempt-number": "1",
    "x-event-key": event,
    "x-event-time": "Mon, 24 Nov 2025 15:20:41 GMT",
    "x-hook-uuid": "ee9f4a5d-5d1c-4b4a-8a55-0a6f7b0b9f6b",
    "x-request-uuid": story.delivery,
  };
}

const kim = {
  type: "user",
  display_name: "Kim",
  nickname: story.login,
  account_id: "557058:1d2c7b1e-9f0a-4c7c-8a3c-5a9c2c7b1e9f",
  uuid: "{d301aafa-d676-4ee0-88be-962be7417567}",
  links: { html: { href: "https://bitbucket.org/%7Bd301aafa-d676-4ee0-88be-962be7417567%7D/" } },
};

const repository = {
  type: "repository",
  full_name: story.repository,
  name: "orders",
  uuid: "{673a6070-3421-46c9-9d48-90745f7bfe8e}",
  scm: "git",
  website: null,
  is_private: true,
  workspace: { type: "workspace", slug: "acme", name: "Acme", uuid: "{c4d5e6f7-3421-46c9-9d48-90745f7bfe8e}" },
  links: {
    self: { href: "https://api.bitbucket.org/2.0/repositories/acme/orders" },
    html: { href: "https://bitbucket.org/acme/orders" },
  },
};

const commit = (hash: string): Sample["payload"] => ({
  type: "commit",
  hash,
  message: "orders: count what is in the cart\n",
  date: "2025-11-24T15:20:41+00:00",
  author: {
    type: "author",
    raw: `${author.name} <${author.mail}>`,
    user: { type: "user", display_name: author.name, nickname: author.login, account_id: "557058:lee" },
  },
  links: { html: { href: `https://bitbucket.org/acme/orders/commits/${hash}` } },
});

const point = (type: string, name: string, hash: string): Sample["payload"] => ({
  type,
  name,
  target: { ...commit(hash), parents: [{ type: "commit", hash: before }] },
  links: { html: { href: `https://bitbucket.org/acme/orders/branch/${name}` } },
});

const base = {
  old: point("branch", story.branch, before),
  new: point("branch", story.branch, after),
  created: false,
  closed: false,
  forced: false,
  truncated: false,
  commits: [commit(after)],
  links: { commits: { href: "https://api.bitbucket.org/2.0/repositories/acme/orders/commits" } },
};

function push(...changes: readonly Sample["payload"][]): Sample {
  return {
    headers: headers("repo:push"),
    payload: { actor: kim, repository, push: { changes: changes.map((one) => ({ ...base, ...one })) } },
  };
}

export const samples = {
  push: push({}),
  tag: push({ old: null, new: point("tag", story.tag, after), created: true, commits: undefined }),
  created: push({ old: null, created: true }),
  deleted: push({ new: null, closed: true, commits: undefined }),
  rewritten: push({ forced: true }),
  unicode: push({
    old: point("branch", story.unicodeBranch, before),
    new: point("branch", story.unicodeBranch, after),
  }),
  other: { headers: headers("issue:created"), payload: { actor: kim, repository, issue: { id: 1 } } },
};

/** Only five commits are listed. */
export const cutOff = push({ truncated: true });

export const several = push({}, { old: null, new: point("tag", story.tag, after), created: true });

/** What once ended a server of another product. */
export const without = push();
