import { describe, expect, it } from "vitest";

import { Turns } from "./turns.ts";

describe("turns", () => {
  const log: string[] = [];
  const work = (name: string, end?: Promise<void>) => async () => {
    log.push(`${name} begins`);
    await end;
    log.push(`${name} ends`);
  };

  it("are one after the other for the same thing, in the order of coming, and side by side for others", async () => {
    const turns = new Turns();
    const first = Promise.withResolvers<void>();
    const all = [
      turns.take(["lb-1", "lb-2"], work("both", first.promise)),
      turns.take(["lb-2"], work("second")),
      turns.take(["lb-2", "lb-1"], work("both again")),
      turns.take(["lb-3"], work("other")),
    ];
    await all[3];
    expect(log).toEqual(["both begins", "other begins", "other ends"]);
    first.resolve();
    await Promise.all(all);
    expect(log.slice(3)).toEqual(["both ends", "second begins", "second ends", "both again begins", "both again ends"]);
  });

  it("go on after one that failed", async () => {
    const turns = new Turns();
    const failed = turns.take(["lb-1"], () => Promise.reject(new Error("it did not answer")));
    const next = turns.take(["lb-1"], async () => "done");
    await expect(failed).rejects.toThrow("it did not answer");
    expect(await next).toBe("done");
  });
});
