import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { outcomeOfReport } from "../../ports/forge.ts";
import { story } from "../../ports/forge-story.contract.ts";
import { gitea } from "./gitea.ts";
import { sendReport } from "./send.ts";

describe("a report", () => {
  const seen: { readonly request: IncomingMessage; readonly body: string }[] = [];
  let status = 201;
  let server: Server;
  let api = "";

  beforeEach(async () => {
    seen.length = 0;
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        seen.push({ request, body });
        response.writeHead(status, { location: "/elsewhere" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const aReport = {
    repository: story.repository,
    revision: story.after,
    state: "success",
    place: "orders@dev",
    url: "https://signalbox.example/d-1",
    words: "배포됨 🚦",
  } as const;
  const send = (): Promise<number> =>
    sendReport(gitea.report!(aReport, { api, token: "a-token" }), new AbortController().signal);

  it("comes to the forge whole", async () => {
    status = 201;
    expect(outcomeOfReport(await send())).toBe("shown");
    expect(seen).toHaveLength(1);
    const { request, body } = seen[0]!;
    expect(request.method).toBe("POST");
    expect(request.url).toBe(`/api/v1/repos/acme/orders/statuses/${story.after}`);
    expect(request.headers).toMatchObject({ authorization: "token a-token", "content-type": "application/json" });
    expect(JSON.parse(body)).toEqual({
      state: "success",
      context: "signalbox/orders@dev",
      description: "배포됨 🚦",
      target_url: "https://signalbox.example/d-1",
    });
  });

  it("goes nowhere else when the forge sends it on", async () => {
    status = 307;
    expect(outcomeOfReport(await send())).toBe("refused");
    expect(seen).toHaveLength(1);
  });

  it("without an answer is an error without the token", async () => {
    server.closeAllConnections();
    server.close();
    const error = await send().then(String, (cause: unknown) => `${String(cause)} ${JSON.stringify(cause)}`);
    expect(error).toMatch(/fetch failed/);
    expect(error).not.toContain("a-token");
  });
});
