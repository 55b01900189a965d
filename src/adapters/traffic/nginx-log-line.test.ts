import { describe, expect, it } from "vitest";

import { loggedRequest } from "./nginx-log-line.ts";

const members = { "blue 10.0.0.11:8081": "blue/web-1", "green 10.0.0.12:8082": "green/web-2" } as const;
const memberAt = (side: string, address: string) => members[`${side} ${address}` as keyof typeof members];
const line = (differences: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({
    at: "1700000000.123",
    side: "blue",
    server: "10.0.0.11:8081",
    status: "200",
    "upstream-status": "200",
    seconds: "0.900",
    "upstream-seconds": "0.025",
    "connect-seconds": "0.001",
    method: "GET",
    probe: "0",
    ...differences,
  });
const read = (differences?: Readonly<Record<string, string>>) => loggedRequest(line(differences), memberAt);

describe("a line of nginx's log", () => {
  it("says who answered, and when the member was done with it", () => {
    expect(read()).toEqual({ member: "blue/web-1", failed: false, milliseconds: 25, own: false });
    expect(read({ side: "green", server: "10.0.0.12:8082" })?.member).toBe("green/web-2");
  });

  it.each([
    ["500", true],
    ["502", true],
    ["499", false],
    ["404", false],
  ])("with status %s is a failure: %s", (status, failed) => {
    expect(read({ status })?.failed).toBe(failed);
  });

  it("is about the last member that was asked", () => {
    const list = { server: "10.0.0.99:1, 10.0.0.11:8081", "upstream-seconds": "0.500, 0.020" };
    expect(read(list)).toMatchObject({ member: "blue/web-1", milliseconds: 20 });
    expect(read({ server: "10.0.0.11:8081, orders_blue", status: "502" })).toMatchObject({
      member: "blue/web-1",
      failed: true,
    });
  });

  it("has no member when nobody was there, or nginx answered itself", () => {
    const nobody = read({ server: "orders_blue", status: "502", "upstream-seconds": "0.000" });
    expect(nobody).toEqual({ failed: true, milliseconds: 0, own: false });
    expect(read({ server: "", status: "400", "upstream-seconds": "", probe: "1" })).toMatchObject({
      failed: false,
      own: true,
    });
  });

  it("takes the time of a WebSocket until it was open", () => {
    expect(read({ status: "101", "upstream-seconds": "3600.000", "connect-seconds": "0.002" })?.milliseconds).toBe(2);
  });

  it.each([line({ server: "10.0.0.77:8081" }), line({ status: "-" }), "{", "", "null", line().slice(0, 60)])(
    "is nothing when nobody understands it: %s",
    (text) => {
      expect(loggedRequest(text, memberAt)).toBeNull();
    },
  );
});
