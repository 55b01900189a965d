/**
 * What brings requests to a service, as plans and decisions see it.
 *
 * A proxy knows two *sides* of a service, blue and green. One is active; the other one gets a share of the traffic,
 * mostly none. Which hosts and slots a side has is in `members.ts`; what a proxy says about them is a `TrafficState`.
 */
export const sides = ["blue", "green"] as const;
export type Side = (typeof sides)[number];

export function otherSide(side: Side): Side {
  return side === "blue" ? "green" : "blue";
}

/** Shares are counted in hundredths of a percent: 0 is nothing, 10,000 is everything. */
export const WHOLE = 10_000;

/** A running copy that requests can be sent to. */
export interface Member {
  readonly side: Side;
  readonly host: string;
  /** The slot of systemd that it runs in. */
  readonly slot: string;
  readonly port: number;
}

/** How a member is called in states, events and on proxies: `blue/web-1`. */
export type MemberName = `${Side}/${string}`;

export function memberName({ side, host }: Pick<Member, "side" | "host">): MemberName {
  return `${side}/${host}`;
}

/** How a member leaves the rotation. */
export interface DrainRules {
  /** New requests stop; those of sticky users may still come for so long. */
  readonly graceSeconds: number;
  /** After so long what is still in flight is waited for no more. */
  readonly deadlineSeconds: number;
  /** What happens then to requests in flight and open WebSockets: the drain fails, or they are cut. */
  readonly longLived: "wait" | "cut";
}

/** Requests to a fresh copy before users come to it. */
export interface WarmUp {
  readonly path: string;
  readonly requests: number;
}

interface Common {
  readonly drain: DrainRules;
  readonly warmUp?: WarmUp;
  /** Where users come in, asked from outside during a rollout; missing: nobody asks. */
  readonly probe?: { readonly url: string; readonly perSecond: number };
}

/** A proxy with a part of its configuration that Signalbox manages. */
export interface ProxyTraffic extends Common {
  readonly kind: "haproxy" | "nginx";
  /** Hosts of the fleet; with one of the service's own hosts the proxy runs beside it. The standby comes last. */
  readonly proxies: readonly string[];
  /** How the service is called on the proxy: its backends are `<name>_blue` and `<name>_green`. */
  readonly name: string;
  /** The port on which the managed frontend listens. */
  readonly bind: number;
  /** The header with which testers choose: its value is `candidate` or `baseline`. */
  readonly testers?: string;
}

/** No proxy of ours: the service's own health answer takes it out of whatever is in front. */
export interface HealthTraffic extends Common {
  readonly kind: "health";
  /** Paths that get a POST on the host itself. */
  readonly drainPath: string;
  readonly readmitPath: string;
  /** So long it takes until whatever is in front has noticed. */
  readonly detectSeconds: number;
}

/** A command of the team speaks with the load balancer. */
export interface CommandTraffic extends Common {
  readonly kind: "command";
  readonly run: readonly string[];
  readonly limitSeconds: number;
  /** Whether it can send a share of the requests to the other side, and switch sides. */
  readonly shares: boolean;
}

export type Traffic = { readonly kind: "none" } | ProxyTraffic | HealthTraffic | CommandTraffic;

export interface TrafficCapabilities {
  /** Members can be taken out and put back. */
  readonly drains: boolean;
  /** Two sides, with a share for the one that is not active. */
  readonly shares: boolean;
  /** Every request is told, so releases can be compared. */
  readonly feed: boolean;
}

export function capabilitiesOf(traffic: Traffic): TrafficCapabilities {
  switch (traffic.kind) {
    case "none":
      return { drains: false, shares: false, feed: false };
    case "haproxy":
      return { drains: true, shares: true, feed: true };
    case "nginx":
      return { drains: true, shares: true, feed: true };
    case "health":
      return { drains: true, shares: false, feed: false };
    case "command":
      return { drains: true, shares: traffic.shares, feed: false };
  }
}

/** What a proxy said, asked just now. */
export interface TrafficState {
  /** The proxy's host; empty where there is none of ours. */
  readonly proxy: string;
  readonly active: Side;
  /** The share of the side that is not active, 0 to 10,000. */
  readonly share: number;
  /** When the proxy's process began, in milliseconds since 1970; 0 where nobody knows. A later one than before: it was restarted or reloaded. */
  readonly startedAt: number;
  readonly members: Readonly<Record<MemberName, MemberState>>;
}

export interface MemberState {
  /** `draining`: no new requests but those of sticky users; `out`: none at all. */
  readonly rotation: "in" | "draining" | "out";
  /** By the proxy's own check. */
  readonly up: boolean | "unknown";
  readonly inFlight: number | "unknown";
  /** Requests that wait for room; more than none means that the others are at their limit. */
  readonly queued: number;
}

/** What the proxies of a service said when they were asked before a rollout: what the plan starts from. */
export interface TrafficFacts {
  readonly active: Side;
  readonly share: number;
  /** Members that are in rotation. */
  readonly inRotation: readonly MemberName[];
}
