/** GitHub and GitHub Enterprise Server. docs.github.com: "Webhook events and payloads", "Validating webhook deliveries". */
import type { Forge } from "../../ports/forge.ts";
import { readCommits } from "./commits.ts";
import type { Fields } from "./fields.ts";
import { field, flagOf, inner, personOf, refOf, repositoryOf, revisionOf } from "./fields.ts";
import { eventHeader, idHeader } from "./headers.ts";
import type { Said } from "./reading.ts";
import { changeOf, readDelivery } from "./reading.ts";
import { commitOf, cut, jsonRequest, pageOf, repositoryPath, statusName } from "./report-request.ts";
import { verifyHexHmac } from "./signature.ts";

/** The list of commits ends here, without saying so. */
const mostCommits = 2048;

export const github: Forge = {
  kind: "github",

  verify(delivery, secrets) {
    return verifyHexHmac(delivery, secrets, { header: "x-hub-signature-256", prefix: "sha256=" });
  },

  read(delivery) {
    const event = eventHeader(delivery.headers, "x-github-event");
    return readDelivery(delivery, idHeader(delivery.headers, "x-github-delivery"), (payload) => say(event, payload));
  },

  report(report, { token, api = "https://api.github.com" }) {
    return jsonRequest(
      `${api}/repos/${repositoryPath(report.repository)}/statuses/${commitOf(report)}`,
      { accept: "application/vnd.github+json", authorization: `Bearer ${token}`, "x-github-api-version": "2022-11-28" },
      {
        state: report.state,
        target_url: pageOf(report),
        description: cut(report.words, 140),
        context: statusName(report),
      },
    );
  },
};

function say(event: string, payload: Fields): Said {
  if (event === "ping") return "ping";
  if (event !== "push") return { ignored: `${event} is not an event about a push` };
  const repository = inner(payload, "repository");
  const known = repositoryOf(
    field(repository, "full_name"),
    ["clone_url", "ssh_url", "html_url"].map((key) => field(repository, key)),
  );
  const ref = refOf(payload, "ref");
  if (ref === undefined) return [];
  const change = changeOf(revisionOf(payload, "before"), revisionOf(payload, "after"));
  const forced = flagOf(payload, "forced");
  // The commits of a new branch are those that no other branch has: not all that are new where it is deployed.
  const contents = readCommits(payload, (listed) => change.change === "moved" && listed < mostCommits);
  return [
    {
      repository: known,
      ref,
      ...change,
      forced,
      pusher: pusherOf(payload),
      ...contents,
      changedPaths: forced === false ? contents.changedPaths : "unknown",
    },
  ];
}

/** `pusher.name` is the login. The sender is somebody else where a program pushes for a person. */
function pusherOf(payload: Fields): ReturnType<typeof personOf> {
  const pusher = inner(payload, "pusher");
  const sender = inner(payload, "sender");
  const isSender = field(sender, "login") === field(pusher, "name");
  return personOf(isSender ? field(sender, "id") : undefined, field(pusher, "name"), field(pusher, "email"), undefined);
}
