import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { Handshakes } from "./handshakes.ts";

describe("handshakes", () => {
  it("run at most so many at once, each way for itself, and none is forgotten", async () => {
    const handshakes = new Handshakes(3);
    const running = { direct: 0, bastion: 0 };
    const most = { direct: 0, bastion: 0 };
    let done = 0;

    const shake = (way: "direct" | "bastion") => async (): Promise<void> => {
      most[way] = Math.max(most[way], ++running[way]);
      await sleep(5 + 10 * Math.random());
      running[way]--;
      done++;
      if (done % 7 === 0) throw new Error("refused");
    };
    const ways = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? "direct" : "bastion"));
    await Promise.allSettled(ways.map((way) => handshakes.within(way, shake(way))));

    expect({ done, most, running }).toEqual({
      done: 40,
      most: { direct: 3, bastion: 3 },
      running: { direct: 0, bastion: 0 },
    });
  });

  it("are not held up by hosts that do not answer", async () => {
    const handshakes = new Handshakes(1);
    const silent = handshakes.within("direct", () => sleep(4000));
    const began = performance.now();
    await handshakes.within("direct", async () => {});
    expect(performance.now() - began).toBeLessThan(3900);
    await silent;
  });
});
