/** In the form that `signed.ts` defines. */
import type { Sample } from "../../ports/forge-story.contract.ts";
import { story } from "../../ports/forge-story.contract.ts";

const { before, after, none } = story;
const headers = { "webhook-id": story.delivery, "webhook-timestamp": String(story.now / 1000) };

const change = { ref: "refs/heads/main", before, after, forced: false, paths: story.paths };

function push(...changes: readonly Sample["payload"][]): Sample {
  return {
    headers,
    payload: {
      repository: ["ssh://git@git.acme.example/acme/orders.git", "https://git.acme.example/acme/orders.git"],
      pusher: { login: story.login, mail: story.mail, name: "Kim" },
      changes: changes.map((one) => ({ ...change, ...one })),
    },
  };
}

export const samples = {
  push: push({}),
  tag: push({ ref: "refs/tags/v1.2.0", before: none }),
  created: push({ before: none }),
  deleted: push({ after: none }),
  rewritten: push({ forced: true }),
  unicode: push({ ref: `refs/heads/${story.unicodeBranch}` }),
  other: { headers, payload: { event: "build", repository: "git@git.acme.example:acme/orders.git" } },
};

export const ping: Sample = { headers, payload: { event: "ping" } };

export const several = push({}, { ref: "refs/tags/v1.2.0", before: none }, { ref: "refs/notes/commits" });
