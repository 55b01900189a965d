import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { startServer } from "../signalbox.ts";
import { address, proxyAddress } from "./serve.ts";

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

describe("a proxy in front", () => {
  it("is an address or a network, one or more", () => {
    const all = ["10.0.0.5", "10.0.0.0/24", "fd00::/8", "::1"];
    expect(all.reduce<readonly string[]>((before, text) => proxyAddress(text, before), [])).toEqual(all);
  });

  it.each(["", "true", "0.0.0.0/0", "10.0.0.0/33", "::/0", "proxy.example.com", "10.0.0.5,10.0.0.6", "loopback"])(
    "is not %j",
    (text) => {
      expect(() => proxyAddress(text)).toThrow("Write the address of a proxy");
    },
  );
});

describe("a server whose address is taken", () => {
  it("leaves nothing open that would keep the process and the store", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const dataDirectory = await mkdtemp(path.join(tmpdir(), "signalbox-serve-"));
    const configFile = path.join(dataDirectory, "signalbox.yml");
    await writeFile(configFile, "hosts: {}\nservices: {}\nenvironments: {}\n");

    const options = { configFile, dataDirectory, listen: { host: "127.0.0.1", port } };
    await expect(startServer(options)).rejects.toThrow("EADDRINUSE");
    other.close();
    await once(other, "close");
    const server = await startServer(options);
    await server.close();
    await rm(dataDirectory, { recursive: true });
  });
});
