import type { FastifyReply } from "fastify";
import { describe, expect, it } from "vitest";

import type { World } from "../deployments/world.ts";
import { streamJournal } from "./live.ts";

describe("a journal that is followed", () => {
  it("has the end that was written between two looks", async () => {
    const end = { sequence: 1, at: 1, event: { kind: "finished" } };
    let hasEnded = false;
    const world = {
      store: {
        async journal(_id: string, after: number) {
          const news = hasEnded && after === 0 ? [end] : [];
          hasEnded = true;
          return news;
        },
        summary: async () => ({ state: hasEnded ? "failed" : "running" }),
      },
      bell: { on: () => () => undefined },
      clock: { sleep: async () => undefined },
    } as unknown as World;
    let sent = "";
    const raw = {
      on: () => undefined,
      writeHead: () => undefined,
      write(text: string) {
        sent += text;
        return true;
      },
      end: () => undefined,
    };
    await streamJournal({ raw, hijack: () => undefined } as unknown as FastifyReply, world, "01j0", 0);
    expect(sent).toContain(JSON.stringify(end));
  });
});
