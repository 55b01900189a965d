import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Channel } from "./channel.ts";
import { Exchange } from "./exchange.ts";
import { Watch } from "./watch.ts";

const mayStillRun = "Something of it could not be ended as this user and may still run there.";

describe("a command that cannot be ended", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const command = { argv: ["sleep", "9"], limitSeconds: 5 } as const;

  it("is given up some seconds after its limit, and its channel with it", async () => {
    const exchange = new Exchange(command);
    const channel = { send: () => exchange.started(123), takeBack: () => false } as unknown as Channel;
    const said: string[] = [];
    const watch = new Watch({
      host: "web-1",
      command,
      exchange,
      channel,
      endOnHost: () => {
        said.push("end");
        return new Promise(() => {});
      },
      onStuck: () => said.push("stuck"),
    });

    const failed = watch.exitCode().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(4999);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(said).toEqual(["end"]);
    await vi.advanceTimersByTimeAsync(8000);
    expect(said).toEqual(["end", "stuck"]);
    expect(await failed).toMatchObject({
      because: "limit",
      message: `web-1: sleep was ended after its limit of 5 s. ${mayStillRun}`,
    });
  });

  it("is reported when only something that it had started is left", async () => {
    const exchange = new Exchange(command);
    const channel = { send: () => exchange.started(123), takeBack: () => false } as unknown as Channel;
    const endOnHost = async (): Promise<number> => {
      exchange.stdoutEnded(143);
      exchange.stderrEnded();
      return 1;
    };
    const watch = new Watch({ host: "web-1", command, exchange, channel, endOnHost, onStuck: () => {} });
    const failed = watch.exitCode().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await failed).toMatchObject({ message: expect.stringContaining(mayStillRun) });
  });
});
