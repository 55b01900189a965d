import { describe, expect, it } from "vitest";

import { mapEntries, preparedVersion, processInfo, serverLoads, serverStates } from "./haproxy-answers.ts";

const heading =
  "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight " +
  "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state " +
  "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr " +
  "srv_agent_addr srv_agent_port";
const row = (name: string, op: number, admin: number): string =>
  `3 orders_blue 1 ${name} 10.0.0.11 ${op} ${admin} 100 100 2 8 2 0 6 0 0 0 - 8081 - 0 0 - - 0`;

describe("an answer of HAProxy", () => {
  it("about the process tells whether it is the one that serves", () => {
    const answer = (stopping: number): string =>
      `Name: HAProxy\nVersion: 3.0.11-1\nPid: 148\nStopping: ${stopping}\nDroppedLogs: 2\nStart_time_sec: 1795400618\n`;
    expect(processInfo(answer(0))).toEqual({
      pid: 148,
      stopping: false,
      startedAt: 1_795_400_618_000,
      droppedLogs: 2,
      version: "3.0.11-1",
    });
    expect(processInfo(answer(1)).stopping).toBe(true);
    expect(() => processInfo("Permission denied\n")).toThrow('unexpected answer: "Permission denied"');
  });

  it.each([
    ["serving", 2, 0, "in", true],
    ["down", 0, 0, "in", false],
    ["stopping softly", 3, 0, "in", false],
    ["draining", 2, 8, "draining", true],
    ["draining and down", 0, 8, "draining", false],
    ["draining, disabled by the file", 2, 12, "draining", true],
    ["in maintenance", 0, 1, "out", "unknown"],
    ["disabled by the file", 0, 5, "out", "unknown"],
    ["in maintenance and draining", 0, 9, "out", "unknown"],
    ["without an address", 0, 32, "out", "unknown"],
  ])("tells of a server that is %s", (_, op, admin, rotation, up) => {
    expect(serverStates(`1\n${heading}\n${row("web-1", op, admin)}\n`)).toEqual([
      { server: "web-1", rotation, up, address: "10.0.0.11", port: 8081 },
    ]);
  });

  it("about servers is refused in another version", () => {
    expect(() => serverStates(`2\n${heading}\n`)).toThrow("unexpected answer");
    expect(() => serverStates("No such backend.\n")).toThrow("No such backend");
  });

  it("about load is read by its columns' names", () => {
    const columns = "# pxname,svname,scur,qcur,check_status,last_chk,check_rise,check_fall";
    expect(serverLoads(`${columns}\norders_blue,web-1,3,2,L4CON,Connection refused,1,2\n`).get("web-1")).toEqual({
      inFlight: 3,
      queued: 2,
      lastCheck: "L4CON Connection refused",
      rise: 1,
      fall: 2,
    });
    expect(() => serverLoads("Unknown command\n")).toThrow("Unknown command");
    expect(() => serverLoads(`${columns}\norders_blue,web-1,,,,,,\n`)).toThrow("unexpected answer");
  });

  it("about a map is its keys and values", () => {
    expect(mapEntries("0x55d0 active green\n0x55d1 share 500\n")).toEqual(
      new Map([
        ["active", "green"],
        ["share", "500"],
      ]),
    );
    expect(() => mapEntries("Unknown map identifier. Please use #<id> or <file>.\n")).toThrow("Unknown map");
  });

  it("about a new version of a map has its number", () => {
    expect(preparedVersion("New version created: 12\n")).toBe(12);
    expect(() => preparedVersion("Unknown map identifier.\n")).toThrow("unexpected answer");
  });
});
