import { describe, expect, it } from "vitest";

import { address } from "./serve.ts";

describe("the address to listen on", () => {
  it.each([
    ["8420", { host: "127.0.0.1", port: 8420 }],
    ["0.0.0.0:80", { host: "0.0.0.0", port: 80 }],
    ["[::1]:8420", { host: "::1", port: 8420 }],
    ["box.example.com:8420", { host: "box.example.com", port: 8420 }],
  ])("can be written as %s", (text, expected) => {
    expect(address(text)).toEqual(expected);
  });

  it.each(["", "a:b", "::1:8420", "host:99999", "https://a:1"])("can't be written as %j", (text) => {
    expect(() => address(text)).toThrow("Write it as 127.0.0.1:8420");
  });
});
