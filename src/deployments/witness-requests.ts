/** The users' requests of one stretch of time. */
import { addCounts, noRequests } from "../core/analysis/counts.ts";
import type { RequestCounts } from "../core/analysis/counts.ts";
import type { MemberName } from "../core/traffic.ts";
import type { FeedWindow } from "../ports/traffic.ts";

export class Requests {
  readonly members: Record<MemberName, RequestCounts> = {};
  unserved = 0;
  isComplete: boolean;
  /** Nothing was added yet. */
  isEmpty = true;

  constructor(isComplete: boolean) {
    this.isComplete = isComplete;
  }

  add({ complete, members, unserved }: FeedWindow): void {
    this.isComplete = this.isComplete && complete;
    this.unserved += unserved;
    if (unserved > 0 || !complete) this.isEmpty = false;
    for (const [name, counts] of Object.entries(members) as [MemberName, RequestCounts][]) {
      this.members[name] = addCounts(this.members[name] ?? noRequests, counts);
      this.isEmpty = false;
    }
  }

  /** Requests that went wrong. */
  get errors(): number {
    return Object.values(this.members).reduce((sum, { errors }) => sum + errors, this.unserved);
  }
}
