import { describe, expect, it } from "vitest";

import { crashStory, emptyTally } from "../support/crash-story.ts";
import { cleanHost, sharedHosts } from "../support/shared-hosts.ts";

/** The soak (`npm run soak:crash`) does the same for hours. */
const kills = 30;

describe("deployments while the server is killed with kill -9 at random instants", () => {
  it(`end as if nothing had happened, after ${kills} kills`, { timeout: 600_000 }, async () => {
    const bed = sharedHosts();
    const hosts = ["web-1", "web-2"];
    await Promise.all(hosts.map(async (name) => cleanHost(bed.host(name))));
    const story = await crashStory(bed, hosts);
    const tally = emptyTally();
    try {
      while (tally.kills < kills) await story.round(tally);
    } finally {
      await story.close();
    }
    expect(tally.notes).toEqual([]);
    expect(tally).toMatchObject({ stuck: 0, wrong: 0, doubled: 0, left: 0 });
  });
});
