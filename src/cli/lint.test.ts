import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { addConfigCommand, check, explainKey, schemaText } from "./config.ts";
import { addLintCommand, lint } from "./lint.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "signalbox-lint-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, text: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const valid = `hosts: { web-1: { address: 10.0.0.1 }, web-2: { address: 10.0.0.2 } }
services: { orders: { unit: { exec: [a] } } }
environments:
  production:
    services: { orders: { hosts: [web-1, web-2] } }
`;

const approved = valid.replace("production:\n", "production:\n    approval: { approvers: [kim, lee] }\n");

const said = ({ text, exitCode }: { readonly text: string; readonly exitCode: number }): readonly [number, string] => {
  return [exitCode, text.replaceAll(`${directory}/`, "")];
};

describe("signalbox lint", () => {
  it("ends with 0 on a valid file and says what is in it", () => {
    const path = file("signalbox.yml", valid);
    expect(said(lint([path]))).toEqual([0, "signalbox.yml is valid: 2 hosts, 1 service, 1 environment\n"]);
  });

  it("ends with 0 on warnings, and tells them", () => {
    const [exitCode, text] = said(lint([file("signalbox.yml", valid.replace("10.0.0.2", "10.0.0.1"))]));
    expect(exitCode).toBe(0);
    expect(text).toContain("SB-CONFIG-ADDRESS");
    expect(text).toContain("1 environment (1 warning)");
  });

  it("ends with 2 on mistakes of any of the files", () => {
    const [exitCode, text] = said(
      lint([file("signalbox.yml", valid), file("signalbox.service.yml", "hosts: [a]\nprot: 1\n")]),
    );
    expect(exitCode).toBe(2);
    expect(text).toMatchInlineSnapshot(`
      "signalbox.yml is valid: 2 hosts, 1 service, 1 environment

      signalbox.service.yml:1:1  hosts belongs to the server file: which machines are used is decided by the operator.
          1 | hosts: [a]
            | ^^^^^
        Leave it out here and ask the operator to set it there.   SB-CONFIG-OPERATOR

      signalbox.service.yml:2:1  There is no key prot at the top of the file.
          2 | prot: 1
            | ^^^^
        Did you mean port?   SB-CONFIG-KEY

      signalbox.service.yml: 2 mistakes
      "
    `);
  });

  it("prints one JSON object when asked to", () => {
    const path = file("a.yml", approved.replace("kim, lee", "kim, kim"));
    const { text, exitCode } = lint([path], { json: true });
    expect(exitCode).toBe(2);
    expect(JSON.parse(text)).toMatchObject({
      valid: false,
      files: [
        {
          file: path,
          valid: false,
          problems: [{ code: "SB-CONFIG-DUPLICATE", severity: "error", place: { line: 5 } }],
        },
      ],
    });
  });

  it.each([
    ["that is not there", undefined, "there is no such file"],
    [".", undefined, "it is a directory"],
    ["that is not UTF-8", new Uint8Array([0x68, 0xff, 0xfe]), "it is not UTF-8"],
  ])("ends with 2 on a file %s", (what, bytes, reason) => {
    const path = bytes === undefined ? join(directory, what === "." ? "." : "none.yml") : file("odd.yml", bytes);
    expect(said(lint([path]))).toEqual([2, expect.stringContaining(reason)]);
  });

  it("takes the switches of the whole command line", async () => {
    const program = new Command().option("--json [form]").option("--config <file>");
    addLintCommand(program);
    const path = file("signalbox.yml", "hosts: []");
    const before = process.exitCode;
    await program.parseAsync(["lint", "--json=object", "--config", path], { from: "user" });
    expect(process.exitCode).toBe(2);
    process.exitCode = before ?? 0;
  });

  it("is a command with a name and a JSON switch", async () => {
    const program = new Command();
    addLintCommand(program);
    addConfigCommand(program);
    const path = file("signalbox.yml", "hosts: []");
    const before = process.exitCode;
    await program.parseAsync(["lint", "--json", path], { from: "user" });
    expect(process.exitCode).toBe(2);
    process.exitCode = before ?? 0;
    expect(program.commands.map((command) => command.name())).toEqual(["lint", "config"]);
  });
});

describe("signalbox config", () => {
  it("prints a JSON schema", () => {
    expect(JSON.parse(schemaText())).toMatchObject({ type: "object", required: ["hosts", "services", "environments"] });
  });

  it("explains a key by its whole path or its end", () => {
    expect(explainKey("approval.quorum")).toMatchInlineSnapshot(`
      {
        "exitCode": 0,
        "text": "environments.<environment>.approval.quorum
        How many of the \`approvers\` it takes.
        Value: whole number
        Default: 1",
      }
    `);
    expect(explainKey("hosts.web-1.port").text).toContain("The port of its SSH server.");
    expect(explainKey("services.orders.hooks.0.at").text).toContain("before-build");
    expect(explainKey("health").text).toContain("active-for");
  });

  it("explains a code", () => {
    expect(explainKey("SB-CONFIG-QUORUM").text).toContain("More approvals are asked for");
  });

  it("ends with 2 on a key that does not exist, with a guess", () => {
    expect(explainKey("quorm")).toEqual({ text: "There is no key or code quorm. Did you mean quorum?", exitCode: 2 });
    expect(explainKey("xyzzy").exitCode).toBe(2);
    expect(explainKey("__proto__").exitCode).toBe(2);
    expect(explainKey("").exitCode).toBe(2);
  });

  it("shows what each service comes to", () => {
    const rolling = "orders in production: rolling over web-1, web-2, never fewer than 1 serving";
    expect(said(check(file("a.yml", valid)))).toEqual([0, rolling]);
    expect(check(file("a.yml", approved)).text).toContain(`${rolling}, after the approval of 1 of (kim, lee)`);
  });

  it("tells what would only show at a deployment", () => {
    const [exitCode, text] = said(check(file("a.yml", valid.replace("unit: { exec: [a] }", "user: shop"))));
    expect(exitCode).toBe(2);
    expect(text).toContain("nothing says how it is started");
  });
});
