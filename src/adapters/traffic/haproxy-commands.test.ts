import { describe, expect, it } from "vitest";

import { encode } from "./haproxy-commands.ts";

const map = "/etc/haproxy/signalbox/orders.production.map";
const server = { backend: "orders_blue", server: "web-1" };

describe("what is said to HAProxy", () => {
  it("is one line for each command", () => {
    expect(encode({ say: "show info" })).toBe("show info");
    expect(encode({ say: "follow", ring: "signalbox" })).toBe("show events signalbox -w -n");
    expect(encode({ say: "show servers state", backend: "orders_blue" })).toBe("show servers state orders_blue");
    expect(encode({ say: "show stat", backend: "orders_blue" })).toBe("show stat orders_blue 4 -1");
    expect(encode({ say: "show map", map })).toBe(`show map ${map}`);
    expect(encode({ say: "add map", map, version: 3, key: "active", value: "green" })).toBe(
      `add map @3 ${map} active green`,
    );
    expect(encode({ say: "commit map", map, version: 3 })).toBe(`commit map @3 ${map}`);
    expect(encode({ say: "set state", server, state: "maint" })).toBe("set server orders_blue/web-1 state maint");
    expect(encode({ say: "health down", server })).toBe("set server orders_blue/web-1 health down");
    expect(encode({ say: "shutdown sessions", server })).toBe("shutdown sessions server orders_blue/web-1");
  });

  it.each(["", " ", "a b", "a;b", "a\nb", "a\\", "<<", "@1", "#0", "a/b", "-n", "$x", '"', "é", "a".repeat(129)])(
    "never has a name like %j in it",
    (name) => {
      expect(() => encode({ say: "show stat", backend: name })).toThrow(RangeError);
      expect(() => encode({ say: "health down", server: { backend: name, server: "web-1" } })).toThrow(RangeError);
      expect(() => encode({ say: "health down", server: { backend: "orders", server: name } })).toThrow(RangeError);
      expect(() => encode({ say: "add map", map, version: 1, key: name, value: "x" })).toThrow(RangeError);
      expect(() => encode({ say: "add map", map, version: 1, key: "x", value: name })).toThrow(RangeError);
      expect(() => encode({ say: "follow", ring: name })).toThrow(RangeError);
    },
  );

  it.each(["", "a.map", "/a b", "/a;b", "/a\n", "#1", "/../x", "/a//b", "/"])(
    "never has a path like %j in it",
    (path) => {
      expect(() => encode({ say: "show map", map: path })).toThrow(RangeError);
      expect(() => encode({ say: "prepare map", map: path })).toThrow(RangeError);
    },
  );

  it.each([-1, 1.5, Number.NaN])("never has a version like %d in it", (version) => {
    expect(() => encode({ say: "commit map", map, version })).toThrow(RangeError);
  });
});
