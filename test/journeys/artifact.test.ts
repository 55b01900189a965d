import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Artifact } from "../../src/core/release.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { TestbedHost } from "../../testbed/host.ts";
import { greeter } from "../../testbed/workshop.ts";
import { aJourney } from "../support/journey.ts";
import type { Journey } from "../support/journey.ts";

const run = promisify(execFile);
const health = { http: "/healthz", within: "8s", stable: "0s", successes: 1 };
const where = { service: "greeter", environment: "dev" } as const;

describe("an artifact that was built elsewhere", () => {
  let journey: Journey;
  let web: TestbedHost;
  let here: string;

  beforeAll(async () => {
    const environments = { dev: { services: { greeter: { hosts: ["web-3"] } } } };
    journey = await aJourney({ services: [greeter({ health })], environments }, ["web-3"]);
    web = journey.bed.host("web-3");
    here = path.join(journey.workshop.directory, "built-elsewhere");
    await mkdir(here);
  });
  afterAll(async () => journey?.close());

  const deploy = async ({ sha256 }: Artifact): Promise<Deployment> =>
    journey.deploy({ ...where, origin: { kind: "artifact", sha256 } });

  /** The greeter as a tar file, with so many bytes beside it that no compression makes smaller. */
  const packed = async (name: string, ballastBytes: number): Promise<string> => {
    const { directory } = journey.workshop.repository("greeter");
    await run("node", ["build.mjs"], { cwd: directory });
    await writeFile(path.join(directory, "dist", "ballast"), randomBytes(ballastBytes));
    const file = path.join(here, name);
    await run("tar", ["-cf", file, "-C", path.join(directory, "dist"), "."]);
    return file;
  };
  const refusal = async (file: string): Promise<string> =>
    journey.client.uploadArtifact(file).then(
      () => "taken",
      (error: Error) => error.message,
    );
  const isWhole = async ({ release, artifact }: Deployment): Promise<boolean> => {
    const kept = `/srv/greeter/releases/${release!.number}-${artifact!.sha256.slice(0, 12)}/.signalbox-artifact`;
    return (await web.mustRun(["sha256sum", kept])).startsWith(artifact!.sha256);
  };

  it("is deployed as a single file, under its own name", async () => {
    const file = path.join(here, "single.mjs");
    await writeFile(
      file,
      'import { createServer } from "node:http";\n' +
        "createServer((request, response) => response.end(`${process.env.SIGNALBOX_RELEASE} single\\n`)).listen(process.env.PORT);\n",
    );
    await journey.reconfigure({
      services: [greeter({ health, unit: { exec: ["node", "single.mjs"], user: "greeter" } })],
    });
    const deployment = await deploy(await journey.client.uploadArtifact(file));

    expect(deployment.finished?.message).toBe("release 1 serves on 1 host(s)");
    expect(deployment.prepare?.steps.map(({ kind }) => kind)).not.toContain("build-artifact");
    expect(await journey.version("web-3")).toBe("1 single");
    const files = await web.mustRun(["sh", "-c", "cd /srv/greeter/slots/main/ && stat -c '%n %U %a' *"]);
    expect(files).toBe("single.mjs deploy 444\n");
    await journey.reconfigure({ services: [greeter({ health })] });
  });

  it("is deployed as the content of a tar file", async () => {
    const deployment = await deploy(await journey.client.uploadArtifact(await packed("greeter.tar", 1000)));

    expect(deployment.finished?.message).toBe("release 2 serves on 1 host(s)");
    expect(await journey.version("web-3")).toBe("2 1.0.0");
  });

  it("is refused when its tar file would write somewhere else, or is compressed as a whole", async () => {
    await writeFile(path.join(here, "evil"), "");
    await symlink("/etc/passwd", path.join(here, "link"));
    await run("mknod", [path.join(here, "device"), "c", "1", "3"]);
    const tar = (name: string, ...argv: readonly string[]) =>
      run("tar", ["-cPf", path.join(here, name), "-C", here, ...argv]);
    await tar("up.tar", "--transform", "s,^,../../,", "evil");
    await tar("absolute.tar", "--transform", "s,^,/etc/cron.d/,", "evil");
    await tar("link.tar", "link");
    await tar("device.tar", "device");
    await run("tar", ["-czf", path.join(here, "greeter.tar.gz"), "-C", here, "evil"]);

    for (const name of ["up.tar", "absolute.tar", "link.tar", "device.tar", "greeter.tar.gz"]) {
      expect(await refusal(path.join(here, name))).toContain(name);
    }
    expect(await refusal(path.join(here, "evil"))).toBe("taken");
    expect(await journey.version("web-3")).toBe("2 1.0.0");
  });

  it("goes on where it stopped each time when the connection breaks on its way", { timeout: 120_000 }, async () => {
    const megabyte = 1024 * 1024;
    const artifact = await journey.client.uploadArtifact(await packed("big.tar", 20 * megabyte));
    const relay = await web.slow({ breakAfterBytes: 8 * megabyte });
    const overTheRelay = (text: string): string =>
      text.replace(
        new RegExp(`address: ${web.address}\\n( +)port: 22`),
        `address: ${relay.address}\n$1port: ${relay.port}`,
      );
    await journey.reconfigure({}, overTheRelay);
    const deployment = await deploy(artifact);
    await relay.close();
    await journey.reconfigure({});
    const log = await journey.log(deployment.id, "web-3");
    const continued = [...log.matchAll(/continue the upload at byte (\d+) of \d+/g)].map(([, byte]) => Number(byte));

    expect(deployment.finished?.message).toBe("release 3 serves on 1 host(s)");
    expect(continued).toHaveLength(2);
    expect(continued[0]).toBeGreaterThan(6 * megabyte);
    expect(continued[1]).toBeGreaterThan(continued[0]! + 6 * megabyte);
    expect(await isWhole(deployment)).toBe(true);
  });

  it("is sent again as a whole when what an interrupted upload left is damaged", async () => {
    const file = await packed("damaged.tar", 1024 * 1024);
    const sha256 = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    const part = `/srv/greeter/releases/4-${sha256.slice(0, 12)}.part/artifact`;
    await web.writeFile(part, randomBytes(300_000), { owner: "deploy" });
    const forgotten = "/srv/greeter/releases/3-000000000000.part";
    await web.mustRun(["install", "-d", "-o", "deploy", forgotten]);
    await web.mustRun(["touch", "-d", "8 days ago", forgotten]);
    await web.mustRun(["chown", "-R", "deploy:", path.dirname(part)]);
    const deployment = await deploy(await journey.client.uploadArtifact(file));
    const log = await journey.log(deployment.id, "web-3");

    expect(deployment.finished?.message).toBe("release 4 serves on 1 host(s)");
    expect(log).toContain("continue the upload at byte 300000");
    expect(log).toContain("that did not work (damaged)");
    expect(log).toContain("upload the whole file");
    expect(await isWhole(deployment)).toBe(true);
    expect(await web.mustRun(["ls", "/srv/greeter/releases"])).not.toContain(".part");
  });
});
