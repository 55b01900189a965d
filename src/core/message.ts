/**
 * What people are told. A message is data until it is sent: its words come from the catalogue, in the language of
 * whoever reads it.
 *
 * Messages lie in the outbox and may be read by everybody in a channel: nothing secret is in them.
 */
import type { End } from "./approval.ts";
import type { FinalState, Request } from "./deployment.ts";
import type { RiskLine } from "./risk.ts";

/** Which deployment it is about; `number` as people say it, d-12. */
export interface About {
  readonly deployment: string;
  readonly number: number;
  readonly service: string;
  readonly environment: string;
  /** Missing: a deployment of a release. */
  readonly kind?: Request["kind"];
  readonly revision?: string;
  readonly release?: number;
  readonly requestedBy: string;
}

interface AboutApproval {
  readonly about: About;
  readonly approval: string;
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

export type Message =
  /** Its reader is one of those whose decision is waited for. */
  | (AboutApproval & {
      readonly kind: "approval-asked";
      readonly why: "asked" | "reminder" | "escalated" | "handed-over" | "moved";
      readonly asked: readonly string[];
      readonly from?: string;
      readonly risk: readonly RiskLine[];
    })
  | (AboutApproval & { readonly kind: "approval-ended"; readonly end: End })
  /** How a deployment ended: its watch or roll-back are part of it. */
  | {
      readonly kind: "deployment-ended";
      readonly about: About;
      readonly state: FinalState;
      readonly message: string;
      readonly behind: readonly string[];
      /** The newest request for approval about it, if there was one. */
      readonly approval?: string;
    }
  | (AboutApproval & { readonly kind: "glass-broken"; readonly by: string; readonly reason: string })
  | (AboutApproval & { readonly kind: "review-due"; readonly by: string; readonly reason: string })
  /** To try a channel: `signalbox doctor`, or whoever sets one up. */
  | { readonly kind: "test"; readonly id: string; readonly by: string };

/** Who a message is for. */
export type Addressee =
  | { readonly kind: "person"; readonly login: string }
  /** The channel of an environment. */
  | { readonly kind: "channel"; readonly environment: string }
  /** Somebody without an account: whoever pushed. */
  | { readonly kind: "mail"; readonly address: string };

/** Such as `person:kim`. */
export function addresseeKey(to: Addressee): string {
  if (to.kind === "person") return `person:${to.login}`;
  return to.kind === "channel" ? `channel:${to.environment}` : `mail:${to.address}`;
}

/**
 * Messages of one thread take each other's place where a channel can change what it showed. A request for approval
 * may move to the deployment of a newer revision, and stays one thread.
 */
export function threadOf(message: Message): string {
  if (message.kind === "test") return `test ${message.id}`;
  return message.approval ?? message.about.deployment;
}

/** Whether its reader has to notice it even where it only changes what a channel shows already. */
export function needsNotice(message: Message): boolean {
  switch (message.kind) {
    case "approval-asked":
      // The reader was asked before, and it is still the same question.
      return message.why !== "moved";
    case "approval-ended":
      return message.end.kind !== "approved" && message.end.kind !== "withdrawn";
    case "deployment-ended":
      return message.state !== "succeeded" && message.state !== "superseded";
    case "glass-broken":
    case "review-due":
    case "test":
      return true;
  }
}
