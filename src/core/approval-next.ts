/** What follows from each end of a request, as data: nobody has to press anything afterwards. */
import type { Approval, End } from "./approval.ts";
import type { FinalState } from "./deployment.ts";

export interface Next {
  /** What becomes of the deployment that was asked about. */
  readonly deployment:
    | { readonly kind: "go-on" }
    | { readonly kind: "end"; readonly state: FinalState }
    | { readonly kind: "ask-again" };
  /** Who is told how it ended. */
  readonly tell: readonly Audience[];
  /** Somebody has to look at it afterwards, and is reminded until that is done. */
  readonly review: boolean;
  /** Whether the newer one that waits behind is asked about now; else it waits for the deployment to end. */
  readonly begins: "the-one-behind" | "nothing";
}

/** `approvers` are all of them, `asked` only those whose turn it was. */
export type Audience = "requester" | "asked" | "approvers" | "channel";

const over = (state: FinalState, tell: readonly Audience[]): Next => ({
  deployment: { kind: "end", state },
  tell,
  review: false,
  begins: "the-one-behind",
});

/** What follows on an end. A plan that is void is not asked about again when a newer one waits already. */
export function nextOf({ behind }: Approval, end: End): Next {
  if (end.kind === "voided" && behind !== undefined) return over("superseded", ["requester", "asked"]);
  return nextAfter[end.kind];
}

const nextAfter: Readonly<Record<End["kind"], Next>> = {
  approved: {
    deployment: { kind: "go-on" },
    tell: ["requester", "asked", "channel"],
    review: false,
    begins: "nothing",
  },
  rejected: over("rejected", ["requester", "asked", "channel"]),
  expired: over("expired", ["requester", "approvers", "channel"]),
  withdrawn: over("withdrawn", ["asked", "channel"]),
  voided: { deployment: { kind: "ask-again" }, tell: ["requester", "asked"], review: false, begins: "nothing" },
  "broken-glass": {
    deployment: { kind: "go-on" },
    tell: ["requester", "approvers", "channel"],
    review: true,
    begins: "nothing",
  },
};

export type Gate =
  | { readonly kind: "open"; readonly because: "approved" | "broken-glass" }
  | { readonly kind: "closed"; readonly because: "not-ended" | "not-approved" | "other-plan" };

/** Whether a rollout with this digest may begin. Asked right before it does, so a plan that changed since is caught. */
export function gate({ ended, subject }: Approval, digest: string): Gate {
  if (ended === undefined) return { kind: "closed", because: "not-ended" };
  const { kind } = ended.end;
  if (kind !== "approved" && kind !== "broken-glass") return { kind: "closed", because: "not-approved" };
  return subject.digest === digest ? { kind: "open", because: kind } : { kind: "closed", because: "other-plan" };
}
