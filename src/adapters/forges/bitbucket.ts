/** Bitbucket Cloud. support.atlassian.com: "Event payloads", "Manage webhooks" (signatures). */
import { createHash } from "node:crypto";

import type { Person, PushEvent } from "../../core/trigger-push.ts";
import { isRefName } from "../../core/trigger-push.ts";
import type { Forge } from "../../ports/forge.ts";
import type { Contents } from "./commits.ts";
import { eachOnce, isSomebody, unknownContents } from "./commits.ts";
import type { Fields } from "./fields.ts";
import {
  Unreadable,
  field,
  fieldsOf,
  flagOf,
  inner,
  listOf,
  personOf,
  repositoryOf,
  revisionOf,
  textOf,
} from "./fields.ts";
import { eventHeader, idHeader } from "./headers.ts";
import type { Said } from "./reading.ts";
import { changeOf, readDelivery } from "./reading.ts";
import { commitOf, cut, jsonRequest, pageOf, repositoryPath, statusName } from "./report-request.ts";
import { verifyHexHmac } from "./signature.ts";

const states = { pending: "INPROGRESS", success: "SUCCESSFUL", failure: "FAILED" } as const;

/** One push changes at most so many refs that anybody looks at. */
const mostChanges = 100;

export const bitbucket: Forge = {
  kind: "bitbucket",

  verify(delivery, secrets) {
    return verifyHexHmac(delivery, secrets, { header: "x-hub-signature", prefix: "sha256=" });
  },

  read(delivery) {
    const event = eventHeader(delivery.headers, "x-event-key");
    return readDelivery(delivery, idHeader(delivery.headers, "x-request-uuid"), (payload) => say(event, payload));
  },

  report(report, { token, api = "https://api.bitbucket.org/2.0" }) {
    const name = statusName(report);
    return jsonRequest(
      `${api}/repositories/${repositoryPath(report.repository)}/commit/${commitOf(report)}/statuses/build`,
      { authorization: `Bearer ${token}` },
      {
        key: name.length <= 40 ? name : createHash("sha256").update(name).digest("hex").slice(0, 40),
        state: states[report.state],
        name: cut(name, 255),
        // It shows none without an address, so the commit's own stands for it.
        url: pageOf(report) ?? `https://bitbucket.org/${repositoryPath(report.repository)}/commits/${commitOf(report)}`,
        description: cut(report.words, 255),
      },
    );
  },
};

function say(event: string, payload: Fields): Said {
  if (event !== "repo:push") return { ignored: `${event} is not an event about a push` };
  const repository = repositoryIn(payload);
  const pusher = accountOf(inner(payload, "actor"));
  const changes = listOf(inner(payload, "push"), "changes");
  if (changes.length > mostChanges) return { ignored: `a push of more than ${mostChanges} refs deploys nothing` };
  return changes.flatMap((one) => changeIn(fieldsOf(one, "a change"), repository, pusher));
}

function changeIn(change: Fields, repository: PushEvent["repository"], pusher: Person): readonly PushEvent[] {
  const [before, after] = [pointIn(change, "old"), pointIn(change, "new")];
  const point = after ?? before;
  if (point === undefined) throw new Unreadable("a change has neither old nor new");
  const what = changeOf(before?.revision, after?.revision);
  if (point.kind === undefined || !isRefName(point.name)) return [];
  const ref = { kind: point.kind, name: point.name };
  const contents = what.change === "moved" ? contentsOf(change) : unknownContents;
  return [{ repository, ref, ...what, forced: flagOf(change, "forced"), pusher, ...contents }];
}

interface Point {
  readonly kind: PushEvent["ref"]["kind"] | undefined;
  readonly name: string;
  readonly revision: string | undefined;
}

/** A branch or tag and its commit; nothing where it was not there before, or is not any more. */
function pointIn(change: Fields, key: string): Point | undefined {
  const value = field(change, key);
  if (value === undefined) return undefined;
  const point = fieldsOf(value, key);
  const type = field(point, "type");
  const kind = type === "branch" || type === "named_branch" ? "branch" : type === "tag" ? "tag" : undefined;
  return { kind, name: textOf(point, "name"), revision: revisionOf(inner(point, "target"), "hash") };
}

/** At most five commits are listed, never with their files. */
function contentsOf(change: Fields): Contents {
  const commits = listOf(change, "commits").map((commit) => fieldsOf(commit, "a commit"));
  const authors = commits.map((commit) => {
    const author = inner(commit, "author");
    const account = accountOf(inner(author, "user"));
    const [name, mail] = nameAndMail(field(author, "raw"));
    return { ...personOf(undefined, undefined, mail, name), ...account };
  });
  const isWhole = commits.length > 0 && field(change, "truncated") === false && authors.every(isSomebody);
  return { authors: eachOnce(authors), authorsComplete: isWhole, changedPaths: "unknown" };
}

/** Nicknames can be changed and are not unique; the account's id is the identity. */
function accountOf(account: Fields): Person {
  const id = field(account, "account_id") ?? field(account, "uuid");
  return personOf(id, field(account, "nickname"), undefined, field(account, "display_name"));
}

/** Of `Name <mail>`. */
function nameAndMail(raw: unknown): readonly [string | undefined, string | undefined] {
  if (typeof raw !== "string") return [undefined, undefined];
  const at = raw.lastIndexOf("<");
  return at === -1 || !raw.endsWith(">") ? [raw, undefined] : [raw.slice(0, at).trim(), raw.slice(at + 1, -1)];
}

/** The payload has no address for git; those are always made like this. */
function repositoryIn(payload: Fields): PushEvent["repository"] {
  const repository = inner(payload, "repository");
  const name = field(repository, "full_name");
  return repositoryOf(name, [`https://bitbucket.org/${String(name)}.git`, `git@bitbucket.org:${String(name)}.git`]);
}
