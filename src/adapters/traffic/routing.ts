/** Where requests go, as files and what serves now can be compared. */
import type { MemberName, MemberState, Side, TrafficState } from "../../core/traffic.ts";

export interface Routing {
  readonly active: Side;
  readonly share: number;
  readonly members: Readonly<Record<MemberName, MemberState["rotation"]>>;
}

export function routingOf({ active, share, members }: TrafficState): Routing {
  return {
    active,
    share,
    members: Object.fromEntries(Object.entries(members).map(([name, { rotation }]) => [name, rotation])),
  };
}

/** Each thing that is not as wanted, in words. */
export function differences(now: Routing, wanted: Routing): readonly string[] {
  const names = Object.keys({ ...now.members, ...wanted.members }) as MemberName[];
  const isThere = (rotation: string | undefined): string => rotation ?? "unknown";
  return [
    ...(now.active === wanted.active ? [] : [`${now.active} is active instead of ${wanted.active}`]),
    ...(now.share === wanted.share ? [] : [`the share is ${now.share} instead of ${wanted.share}`]),
    ...names
      .filter((name) => now.members[name] !== wanted.members[name])
      .map((name) => `${name} is ${isThere(now.members[name])} instead of ${isThere(wanted.members[name])}`),
  ];
}
