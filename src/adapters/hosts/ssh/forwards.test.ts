import { describe, expect, it } from "vitest";

import { forwarding } from "./forwards.ts";

describe("the argument that asks OpenSSH for a forwarding", () => {
  it("is both paths", () => {
    expect(forwarding("/run/x/1.sock.f1", "/run/haproxy/signalbox.sock")).toBe(
      "/run/x/1.sock.f1:/run/haproxy/signalbox.sock",
    );
  });

  it.each(["", "a", "a/b", "/", "/a/", "/a:b", "/a%h", "/${A}", "/a b", "/a\n", "/a\0", "/../a", "/a/../b", "/é"])(
    "is refused when a path is %j",
    (path) => {
      expect(() => forwarding("/run/local", path)).toThrow("plain absolute path");
      expect(() => forwarding(path, "/run/remote")).toThrow("plain absolute path");
    },
  );

  it("is refused when a path does not fit into a socket's address", () => {
    expect(forwarding("/l", `/${"a".repeat(106)}`)).toHaveLength(110);
    expect(() => forwarding("/l", `/${"a".repeat(107)}`)).toThrow("107 bytes");
  });
});
