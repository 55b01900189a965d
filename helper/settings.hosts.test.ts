/** What a service gets to see is what was sent, byte for byte; and the install script. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../test/support/shared-hosts.ts";
import { execLine } from "../src/core/unit-file.ts";
import { orders, PreparedHost } from "./prepared-host.ts";

const host = sharedHosts().host("web-1");
let web: PreparedHost;

beforeAll(async () => {
  await cleanHost(host);
  web = await PreparedHost.prepare(host);
});
afterAll(async () => {
  await web.close();
  await cleanHost(host);
});

const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");

const nasty: Record<string, string> = {
  EMPTY: "",
  ASCII: ascii,
  SPACES: "  two before, two after  ",
  QUOTES: `"'\`"'\``,
  QUOTED: `"whole"`,
  BACKSLASHES: String.raw`\ \\ \n \" \x41 \$HOME C:\dir` + "\\",
  DOLLARS: "$HOME ${PATH} $$ $(id) `id`",
  HASH: "# not a comment ; nor this",
  EQUALS: "a=b=c",
  PERCENT: "%n %% 100%",
  UNICODE: "한국어 ☃ 𝄞",
  LONG: "x".repeat(20_000),
};

const words = [
  "plain",
  "",
  "two words",
  ascii,
  "한국어 ☃",
  String.raw`back\slash\n`,
  `'"`,
  "$HOME",
  "${PORT}",
  "%n",
  "100%",
  "a;b",
  ";",
  "; +/bin/sh",
  "#",
  "-x",
  "@y",
];

/** Writes what it was given to a file, then waits as a service does. */
const witness = `import { writeFileSync } from "node:fs";
writeFileSync("../../shared/seen.json", JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
setInterval(() => {}, 1000);`;

describe("the settings of a release", () => {
  it("reach the process as they were sent, secrets from the standard input included", async () => {
    const id = await web.release("1-0123456789ab");
    await web.as("deploy", [
      "sh",
      "-c",
      `cd /srv/orders/releases/$1; chmod u+w .; printf %s "$2" >seen.mjs`,
      "sh",
      id,
      witness,
    ]);
    const variables = Object.entries(nasty).flatMap(([name, value]) => ["env", `${name}=${value}`]);
    const unit = [
      "unit",
      `Service.ExecStart=${execLine(["/usr/bin/node", "seen.mjs", ...words])}`,
      "unit",
      "Service.Type=exec",
    ];
    const secret = `pass "word" \\ $1 ${ascii}`;
    expect(
      (
        await web.callWithInput(
          `TOKEN=${secret}\nOTHER=last`,
          "stage",
          "orders",
          id,
          "nasty",
          ...unit,
          ...variables,
          "stdin",
        )
      ).said,
    ).toEqual({ settings: "nasty", changed: "yes" });
    expect(await web.activate(id, "health=active")).toMatchObject({ outcome: "activated" });

    const seen = JSON.parse(await host.readFile("/srv/orders/shared/seen.json")) as {
      argv: string[];
      env: Record<string, string>;
      cwd: string;
    };
    expect(seen.argv).toEqual(words);
    expect(seen.env).toMatchObject({ ...nasty, TOKEN: secret, OTHER: "last" });
    expect(seen.cwd).toBe(`/srv/orders/releases/${id}`);
    expect(
      (
        await web.callWithInput(
          `TOKEN=${secret}\nOTHER=last`,
          "stage",
          "orders",
          id,
          "nasty",
          ...unit,
          ...variables,
          "stdin",
        )
      ).said,
    ).toEqual({ settings: "nasty", changed: "no" });
  });

  it("become a unit whose user, directory and environment only root decides", async () => {
    await web.stage("2-0123456789ab", {
      unit: ["Service.WorkingDirectory=sub/dir", "Service.User=orders", "Install.WantedBy=multi-user.target"],
    });
    const unit = await host.readFile("/var/lib/signalbox/services/orders/releases/2-0123456789ab/unit");
    expect(
      unit.match(/^(User|WorkingDirectory|EnvironmentFile|NoNewPrivileges|CapabilityBoundingSet|WantedBy)=.*$/gm),
    ).toEqual([
      "User=orders",
      "WorkingDirectory=/srv/orders/slots/%i",
      "EnvironmentFile=/var/lib/signalbox/services/orders/%i.env",
      "NoNewPrivileges=yes",
      "CapabilityBoundingSet=",
      "WorkingDirectory=/srv/orders/slots/%i/sub/dir",
      "WantedBy=multi-user.target",
    ]);
  });

  it("can be read by nobody but root", async () => {
    const { stdout } = await web.line(
      "deploy",
      "cat /var/lib/signalbox/services/orders/main.env; systemctl show orders@main -p Environment; systemctl cat orders@main",
    );
    expect(stdout).not.toContain("TOKEN");
    expect(
      (await web.line("deploy", "tr '\\0' '\\n' </proc/$(systemctl show -P MainPID orders@main)/environ")).code,
    ).not.toBe(0);
  });

  it("may hold credentials of the service, which systemd hands over", async () => {
    await host.writeFile("/etc/signalbox/credentials/orders/db", "topsecret", { mode: "0600" });
    const id = await web.release("3-0123456789ab", {
      unit: [
        "Service.LoadCredential=db:/etc/signalbox/credentials/orders/db",
        'Service.ExecStartPre=/bin/sh -c "cat $${CREDENTIALS_DIRECTORY}/db >../../shared/credential"',
      ],
    });
    expect(await web.activate(id)).toMatchObject({ outcome: "activated" });
    expect(await host.readFile("/srv/orders/shared/credential")).toBe("topsecret");
  });
});

describe("the install script", () => {
  it("changes nothing the second time", async () => {
    expect(await web.install(orders)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await web.call("prepare", "orders")).stdout).toBe("");
  });

  it("keeps the services that it is not told about, and adds others", async () => {
    const { code, stdout } = await web.install(["pay.root=/opt/new/pay", "pay.user=pay", "pay.slots=main"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("changed=/opt/new/pay/releases")]);
    expect((await web.call("hello")).said).toMatchObject({ protocol: "1", services: "orders pay" });
    expect(
      await host.mustRun([
        "stat",
        "-c",
        "%U:%a",
        "/opt/new/pay",
        "/opt/new/pay/releases",
        "/opt/new/pay/slots",
        "/opt/new/pay/shared",
      ]),
    ).toBe("root:755\ndeploy:755\nroot:755\npay:750\n");
  });

  it("looks for interrupted activations at boot and every minute", async () => {
    expect(await host.mustRun(["systemctl", "is-enabled", "signalbox-recover.timer"])).toBe("enabled\n");
    expect(await host.mustRun(["systemctl", "is-active", "signalbox-recover.timer"])).toBe("active\n");
  });

  it.each([
    ["a helper with another digest", orders, "0".repeat(64)],
    ["a service that runs as root", ["x.root=/srv/x", "x.user=root"], undefined],
    ["a service without a run user", ["x.root=/srv/x"], undefined],
    ["a key that is not known", ["x.root=/srv/x", "x.user=x", "x.sudo=yes"], undefined],
    ["a line break", ["x.root=/srv/x", "x.user=x\nroot=/"], undefined],
    ["the name of Signalbox itself", ["signalbox.root=/srv/x", "signalbox.user=x"], undefined],
    ["a directory that the deploy user could exchange", ["x.root=/home/deploy/x", "x.user=x"], undefined],
    ["a directory that everybody could exchange", ["x.root=/tmp/x", "x.user=x"], undefined],
    ["a path with a link in it", ["x.root=/var/run/x", "x.user=x"], undefined],
  ])("refuses %s", async (_name, lines, digest) => {
    const before = await host.mustRun([
      "sha256sum",
      "/usr/lib/signalbox/signalbox-helper",
      "/etc/signalbox/services.d/orders",
    ]);
    const { code, stdout } = await web.install(lines, digest);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/^error=[a-z-]+$/m);
    expect(
      await host.mustRun(["sha256sum", "/usr/lib/signalbox/signalbox-helper", "/etc/signalbox/services.d/orders"]),
    ).toBe(before);
  });
});
