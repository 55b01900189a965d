import { describe, expect, it } from "vitest";

import { loggedRequest } from "./haproxy-log-line.ts";

const read = (line: string) => loggedRequest(line, "orders");

describe("a line of HAProxy's log", () => {
  it("tells member, outcome and time of a request", () => {
    expect(read("orders_green web-2 200 12 3 1 40 ---- GET 0")).toEqual({
      member: "green/web-2",
      failed: false,
      milliseconds: 16,
      own: false,
    });
  });

  it("has the whole time where there was no answer", () => {
    expect(read("orders_blue web-1 502 -1 0 0 73 SH-- POST 0")).toMatchObject({ failed: true, milliseconds: 73 });
  });

  it("marks a request of Signalbox's own", () => {
    expect(read("orders_blue web-1 200 1 0 0 1 ---- GET 1")).toMatchObject({ own: true });
    expect(read("orders_blue web-1 200 1 0 0 1 ---- GET -")).toMatchObject({ own: false });
  });

  it.each([
    ["200", "----", false],
    ["404", "----", false],
    ["499", "----", false],
    ["500", "----", true],
    ["503", "SC--", true],
    ["504", "sH--", true],
    ["502", "PH--", true],
    // The server went away in the middle of an answer.
    ["200", "SD--", true],
    ["200", "sD--", true],
    ["200", "DD--", true],
    ["200", "KD--", true],
    // The client did.
    ["200", "CD--", false],
    ["-1", "CH--", false],
    ["-1", "CC--", false],
    ["200", "cD--", false],
    ["400", "PR--", false],
    ["403", "PR--", false],
    // A WebSocket ended.
    ["101", "SD--", false],
    ["101", "KD--", false],
    ["101", "CD--", false],
  ])("with status %s and flags %s has failed: %s", (status, flags, failed) => {
    expect(read(`orders_blue web-1 ${status} 1 0 0 1 ${flags} GET 0`)).toMatchObject({ member: "blue/web-1", failed });
  });

  it("has no member when there was no server for it, or it was refused before", () => {
    expect(read("orders_blue <NOSRV> 503 -1 -1 -1 0 SC-- GET 0")).toEqual({
      failed: true,
      milliseconds: 0,
      own: false,
    });
    expect(read("orders <NOSRV> 400 -1 -1 -1 0 PR-- <BADREQ> -")).toMatchObject({ failed: false });
    expect(read("orders <NOSRV> -1 -1 -1 -1 2 CR-- <BADREQ> -")).not.toHaveProperty("member");
  });

  it.each(["billing_blue web-1", "orders_red web-1", "orders-2_blue web-1", "xorders_blue web-1"])(
    "is nothing to a service when it begins with %s",
    (beginning) => {
      expect(read(`${beginning} 200 1 0 0 1 ---- GET 0`)).toBeUndefined();
    },
  );

  it.each([
    "",
    "garbage",
    "Proxy orders stopped (cumulated conns: FE: 0, BE: 0).",
    "3 events dropped",
    "a b c d e f g h i",
  ])("is not read from %j", (line) => {
    expect(read(line)).toBeNull();
  });
});
