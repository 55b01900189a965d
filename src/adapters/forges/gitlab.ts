/** GitLab. docs.gitlab.com: "Webhooks" (with secret and signing tokens), "Webhook events". */
import type { Forge, Verification } from "../../ports/forge.ts";
import { readCommits } from "./commits.ts";
import type { Fields } from "./fields.ts";
import { field, inner, personOf, refOf, repositoryOf, revisionOf } from "./fields.ts";
import { idHeader } from "./headers.ts";
import type { Said } from "./reading.ts";
import { changeOf, readDelivery } from "./reading.ts";
import { commitOf, cut, jsonRequest, pageOf, projectId, statusName } from "./report-request.ts";
import { isSigningKey, verifyTimed, verifyToken } from "./signature.ts";

/** GitLab's words for the states of a status. */
const states = { pending: "running", success: "success", failure: "failed" } as const;

export const gitlab: Forge = {
  kind: "gitlab",

  /** A signing token is never taken as the secret token, which travels in the open. */
  verify(delivery, secrets, now) {
    const only = (wanted: boolean): string[] => secrets.map((one) => (isSigningKey(one) === wanted ? one : ""));
    const signed = verifyTimed(delivery, only(true), now);
    const sent = verifyToken(delivery, only(false), "x-gitlab-token");
    return betterOf(signed, sent);
  },

  read(delivery) {
    // The UUID of the event is no id: it is the same for all events that one has led to.
    const id = idHeader(delivery.headers, "idempotency-key");
    return readDelivery(delivery, id, say);
  },

  report(report, { token, api = "https://gitlab.com/api/v4" }) {
    return jsonRequest(
      `${api}/projects/${projectId(report.repository)}/statuses/${commitOf(report)}`,
      { "private-token": token },
      {
        state: states[report.state],
        target_url: pageOf(report, 255),
        description: cut(report.words, 255),
        name: statusName(report),
      },
    );
  },
};

function betterOf(signed: Verification, sent: Verification): Verification {
  if (signed.kind === "accepted" || sent.kind === "accepted") return signed.kind === "accepted" ? signed : sent;
  return signed.because === "no-secret" ? sent : signed;
}

/** The kind of event is in the body, which a signature covers; the header is not asked. */
function say(payload: Fields): Said {
  const event = field(payload, "object_kind");
  if (event !== "push" && event !== "tag_push") return { ignored: "it is not an event about a push" };
  const project = inner(payload, "project");
  const repository = repositoryOf(
    field(project, "path_with_namespace"),
    ["git_http_url", "git_ssh_url", "web_url"].map((key) => field(project, key)),
  );
  const ref = refOf(payload, "ref");
  if (ref === undefined) return [];
  const change = changeOf(revisionOf(payload, "before"), revisionOf(payload, "after"));
  const total = field(payload, "total_commits_count");
  return [
    {
      repository,
      ref,
      ...change,
      forced: "unknown",
      pusher: personOf(
        field(payload, "user_id"),
        field(payload, "user_username"),
        field(payload, "user_email"),
        field(payload, "user_name"),
      ),
      // Only the last twenty are listed.
      ...readCommits(payload, (listed) => change.change === "moved" && listed === total),
    },
  ];
}
