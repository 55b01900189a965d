/** Gitea and Forgejo, which speak almost alike. docs.gitea.com and forgejo.org/docs: "Webhooks". */
import type { PushEvent } from "../../core/trigger-push.ts";
import { isRefName, readFullRef } from "../../core/trigger-push.ts";
import type { ForgeKind } from "../../core/trigger-hook.ts";
import type { Forge } from "../../ports/forge.ts";
import { ReportRefused } from "../../ports/forge.ts";
import { readCommits, unknownContents } from "./commits.ts";
import type { Fields } from "./fields.ts";
import { Unreadable, field, inner, personOf, refOf, repositoryOf, revisionOf, textOf } from "./fields.ts";
import { eventHeader, idHeader, oneHeader } from "./headers.ts";
import type { Said } from "./reading.ts";
import { changeOf, readDelivery } from "./reading.ts";
import { commitOf, cut, jsonRequest, pageOf, repositoryPath, statusName } from "./report-request.ts";
import { verifyHexHmac } from "./signature.ts";

export const gitea = aForge("gitea", "gitea", undefined);

/** Sends the headers of Gitea, too; its own are asked first. */
export const forgejo = aForge("forgejo", "forgejo", "https://codeberg.org/api/v1");

function aForge(kind: ForgeKind & ("gitea" | "forgejo"), prefix: string, usualApi: string | undefined): Forge {
  const headerOf = (headers: Parameters<typeof oneHeader>[0], name: string): string =>
    oneHeader(headers, `x-${prefix}-${name}`) === undefined ? `x-gitea-${name}` : `x-${prefix}-${name}`;

  return {
    kind,

    verify(delivery, secrets) {
      return verifyHexHmac(delivery, secrets, { header: headerOf(delivery.headers, "signature"), prefix: "" });
    },

    read(delivery) {
      const { headers } = delivery;
      const event = eventHeader(headers, headerOf(headers, "event"));
      const id = idHeader(headers, headerOf(headers, "delivery"));
      return readDelivery(delivery, id, (payload) => say(event, payload));
    },

    report(report, { token, api = usualApi }) {
      if (api === undefined) throw new ReportRefused("The hook does not say where the API of its forge begins.");
      return jsonRequest(
        `${api}/repos/${repositoryPath(report.repository)}/statuses/${commitOf(report)}`,
        { authorization: `token ${token}` },
        {
          state: report.state,
          target_url: pageOf(report),
          description: cut(report.words, 255),
          context: statusName(report),
        },
      );
    },
  };
}

function say(event: string, payload: Fields): Said {
  if (event === "delete") return sayDeleted(payload);
  if (event !== "push") return { ignored: `${event} is not an event about a push` };
  const repository = repositoryIn(payload);
  const ref = refOf(payload, "ref");
  if (ref === undefined) return [];
  const [before, after] = [revisionOf(payload, "before"), revisionOf(payload, "after")];
  // The button "Test delivery" sends the last commit as a push from itself to itself.
  if (before !== undefined && before === after) return "ping";
  const change = changeOf(before, after);
  const total = field(payload, "total_commits");
  const contents = readCommits(payload, (listed) => change.change === "moved" && listed === total);
  return [{ repository, ref, ...change, forced: "unknown", pusher: personIn(payload, "pusher"), ...contents }];
}

/** Says only which ref is gone, by its short name. */
function sayDeleted(payload: Fields): Said {
  const repository = repositoryIn(payload);
  const kind = field(payload, "ref_type");
  const name = textOf(payload, "ref");
  if (kind !== "branch" && kind !== "tag") throw new Unreadable("ref_type is neither branch nor tag");
  // Which of both forms is sent depends on the version.
  const ref = readFullRef(name) ?? { kind, name };
  if (!isRefName(ref.name)) return [];
  const pusher = personIn(payload, "sender");
  return [{ repository, ref, change: "deleted", forced: "unknown", pusher, ...unknownContents }];
}

function repositoryIn(payload: Fields): PushEvent["repository"] {
  const repository = inner(payload, "repository");
  return repositoryOf(
    field(repository, "full_name"),
    ["clone_url", "ssh_url", "html_url"].map((key) => field(repository, key)),
  );
}

function personIn(payload: Fields, key: string): PushEvent["pusher"] {
  const user = inner(payload, key);
  return personOf(field(user, "id"), field(user, "login"), field(user, "email"), field(user, "full_name"));
}
