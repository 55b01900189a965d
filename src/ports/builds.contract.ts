/** What every place to build has to do, shown with real processes. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Build } from "../core/service.ts";
import type { Artifacts } from "./artifacts.ts";
import { BuildFailed, type BuildRequest, type Builds } from "./builds.ts";

export interface BuildWorld {
  readonly builds: Builds;
  readonly artifacts: Artifacts;
  readonly where: Parameters<Builds["build"]>[0];
  /** Whether a path is there, at the place of the build. */
  exists(path: string): Promise<boolean>;
  /** The command lines of the place's processes. */
  processes(): Promise<string>;
}

let count = 0;

/** A time to sleep that no other run of these tests on the same machine has. */
const nap = (which: number): string => `sleep 99${which}.${process.pid}`;

export function describeBuilds(title: string, create: () => Promise<BuildWorld>): void {
  describe(`a build ${title}`, { timeout: 60_000 }, () => {
    it("runs argument lists, one after the other, and no shell in between", async () => {
      const { world, build, text } = await aBuild();
      const artifact = await build({
        run: [
          ["touch", "$(touch canary)", "a;b", "x -- y"],
          ["sh", "-c", "ls >out.txt"],
        ],
        artifact: "out.txt",
      });
      expect(artifact).toMatchObject({ form: "file", name: "out.txt" });
      expect((await text(artifact.sha256)).split("\n")).toEqual(
        expect.arrayContaining(["$(touch canary)", "a;b", "x -- y"]),
      );
      expect((await text(artifact.sha256)).split("\n")).not.toContain("canary");
      expect(await world.artifacts.describe(artifact.sha256)).toEqual(artifact);
    });

    it("ends with the first command that fails, and says which, with what status and what it printed last", async () => {
      const { build, lines } = await aBuild();
      const failing = build({
        run: [
          ["sh", "-c", "echo compiling; echo 'Orders.java:17: cannot find symbol' >&2; exit 3"],
          ["touch", "out.txt"],
        ],
        artifact: "out.txt",
      });
      await expect(failing).rejects.toThrow(BuildFailed);
      await expect(failing).rejects.toThrow(
        /"sh -c .*" ended with status 3 .*\n(.*\n)*.*Orders.java:17: cannot find symbol/,
      );
      expect(lines).toEqual(expect.arrayContaining(["compiling", "Orders.java:17: cannot find symbol"]));
      expect(lines.join("\n")).not.toContain("touch out.txt");
    });

    it("has a clean environment: its own variables, a fixed path, a home of its own, no input", async () => {
      const { build, text } = await aBuild();
      process.env["SIGNALBOX_TEST_SECRET"] = "not for builds";
      const { sha256 } = await build({
        run: [["sh", "-c", 'env >out.txt; cat >>out.txt; touch "$HOME/x" "$TMPDIR/x"']],
        artifact: "out.txt",
        variables: { SPRING_PROFILE: "dev; touch x", EMPTY: "" },
      });
      const environment = await text(sha256);
      expect(environment).toContain("SPRING_PROFILE=dev; touch x\n");
      expect(environment).toContain("EMPTY=\n");
      expect(environment).toContain("LANG=C.UTF-8\n");
      expect(environment).toMatch(/^PATH=\/usr\/local\/sbin:\/usr\/local\/bin:\/usr\/sbin:\/usr\/bin:\/sbin:\/bin$/m);
      expect(environment).not.toMatch(/not for builds|SSH_|SUDO_|npm_|NODE_/);
    });

    it("leaves the source as it was, and a workspace of its own behind it no longer", async () => {
      const { world, build, text, source } = await aBuild({ "a.txt": "a", "b/c.txt": "c" });
      const { sha256 } = await build({
        run: [
          ["rm", "-r", "a.txt", "b"],
          ["sh", "-c", "pwd >out.txt"],
        ],
        artifact: "out.txt",
      });
      expect(readdirSync(source).toSorted()).toEqual(["a.txt", "b"]);
      const workspace = (await text(sha256)).trim();
      expect(workspace).toMatch(/^\/.*\/source$/);
      expect(await world.exists(dirname(workspace))).toBe(false);
    });

    it("gets the source's executables and links as they are, and nothing of git", async () => {
      const { build, text } = await aBuild({ gradlew: "#!/bin/sh\ncat link >out.txt\n", "a.txt": "by the link" });
      const { sha256 } = await build({ run: [["./gradlew"], ["sh", "-c", "ls -A >>out.txt"]], artifact: "out.txt" });
      expect((await text(sha256)).split("\n")).toEqual(["by the linka.txt", "gradlew", "link", "out.txt", ""]);
    });

    it("brings binary files back byte by byte", async () => {
      const { build, artifactBytes } = await aBuild();
      const every = "for n in 0 1 2 3; do printf '\\000\\001\\377\\r\\n\\033[2J\\200'; done >>out.bin";
      const { sha256 } = await build({
        run: [["sh", "-c", `${every}; head -c 3000000 /dev/zero | tr '\\000' '\\377' >>out.bin`]],
        artifact: "out.bin",
      });
      const part = Buffer.from([0, 1, 0xff, 0x0d, 0x0a, 0x1b, 0x5b, 0x32, 0x4a, 0x80]);
      const expected = Buffer.concat([part, part, part, part, Buffer.alloc(3_000_000, 0xff)]);
      expect((await artifactBytes(sha256)).equals(expected)).toBe(true);
    });

    it("gives a directory the digest that it has everywhere", async () => {
      const { world, build } = await aBuild();
      const directory = join(mkdtempSync(join(tmpdir(), "same-")), "dist");
      mkdirSync(join(directory, "sub"), { recursive: true });
      writeFileSync(join(directory, "sub/run"), "#!/bin/sh\n", { mode: 0o755 });
      symlinkSync("sub/run", join(directory, "run"));
      const here = await world.artifacts.takeIn(directory);
      const make = "mkdir -p dist/sub; echo '#!/bin/sh' >dist/sub/run; chmod 4700 dist/sub/run; ln -s sub/run dist/run";
      expect(await build({ run: [["sh", "-c", make]], artifact: "dist" })).toEqual(here);
    });

    it("in a directory of the source is run there, and the artifact is looked for there", async () => {
      const { build, text } = await aBuild({ "shop/a.txt": "a" });
      const { sha256 } = await build({ directory: "shop", run: [["sh", "-c", "ls >out.txt"]], artifact: "out.txt" });
      expect(await text(sha256)).toBe("a.txt\nout.txt\n");
    });

    it("that was done before is not done again", async () => {
      const { world, build, lines } = await aBuild();
      const id = `again-${process.pid}-${count++}`;
      const settings = { run: [["sh", "-c", "date +%s%N >out.txt; sleep 0.2"]], artifact: "out.txt", id };
      const [first, second] = await Promise.all([build(settings), build(settings)]);
      expect(second).toEqual(first);
      expect(lines.join("\n")).toMatch(/built before/);
      await world.artifacts.keepOnly(new Set(), Number.POSITIVE_INFINITY);
      expect(await build(settings)).not.toEqual(first);
    });

    it("is ended at its limit with everything that it started, and says so", async () => {
      const { world, build } = await aBuild();
      const began = performance.now();
      const hanging = build({
        run: [
          ["sh", "-c", `${nap(1)} & setsid ${nap(2)} & nohup ${nap(3)} & trap '' TERM; while :; do ${nap(4)}; done`],
        ],
        artifact: "out.txt",
        limitSeconds: 2,
      });
      await expect(hanging).rejects.toThrow(
        /still running when the limit of 2 s was over(.|\n)*all that it had started were ended/,
      );
      expect(performance.now() - began).toBeLessThan(30_000);
      expect(await world.processes()).not.toMatch(new RegExp(`sleep 99[1-4].${process.pid}`));
    });

    it("is ended when the deployment is called off", async () => {
      const { world, build, lines } = await aBuild();
      const abort = new AbortController();
      const stopped = build({
        run: [["sh", "-c", `echo begun; pwd; ${nap(5)}`]],
        artifact: "x",
        signal: abort.signal,
      });
      await until(() => lines.includes("begun"));
      abort.abort();
      await expect(stopped).rejects.toThrow(/called off/);
      expect(await world.processes()).not.toContain(nap(5));
      const workspace = lines.find((line) => line.endsWith("/source")) ?? "";
      expect(await world.exists(dirname(workspace))).toBe(false);
    });

    it("leaves nothing behind when it fails", async () => {
      const { world, build, lines } = await aBuild();
      const mess = `pwd; setsid ${nap(6)} >/dev/null 2>&1 & sleep 0.5; mkdir -p ro/x; touch ro/x/y; chmod -R a-w ro; exit 1`;
      await expect(build({ run: [["sh", "-c", mess]], artifact: "x" })).rejects.toThrow(BuildFailed);
      const workspace = lines.find((line) => line.endsWith("/source")) ?? "";
      expect(workspace).not.toBe("");
      expect(await world.exists(dirname(workspace))).toBe(false);
      expect(await world.processes()).not.toContain(nap(6));
    });

    it.each([
      [
        "is not there",
        "true",
        "build/libs/orders.jar",
        /left no artifact "build\/libs\/orders.jar"(.|\n)*there is: a.txt/,
      ],
      [
        "has another name",
        "mkdir -p build/libs; touch build/libs/shop.jar",
        "build/libs/orders.jar",
        /In build\/libs .*shop.jar/,
      ],
      ["is a link to a file of the place", "ln -s /etc/passwd out", "out", /"out" as a link that leads out/],
      ["lies behind a link", "ln -s /etc out", "out/passwd", /as a link that leads out/],
      ["is a named pipe", "mkfifo out", "out", /neither a file nor a directory/],
      ["holds a link that leads out", "mkdir out; ln -s /etc/passwd out/x", "out", /"x" is a link that is absolute/],
      ["is compressed again", "touch x; tar -czf out.tar.gz x", "out.tar.gz", /compressed by gzip/],
    ])("whose artifact %s is refused", async (_title, command, artifact, says) => {
      const { build } = await aBuild();
      const refused = build({ run: [["sh", "-c", command]], artifact });
      await expect(refused).rejects.toThrow(BuildFailed);
      await expect(refused).rejects.toThrow(says);
    });

    it.each([
      ["a pattern as artifact", { artifact: "build/libs/*.jar" }, /is one path/],
      ["an artifact above the source", { artifact: "../x" }, /has to lead into the source/],
      ["an absolute artifact", { artifact: "/etc/passwd" }, /has to lead into the source/],
      ["a directory above the source", { directory: "../.." }, /has to lead into the source/],
      ["no command", { run: [] }, /holds no command/],
      ["an option in place of a program", { run: [["-c", "x"]] }, /is not a program/],
      ["an assignment in place of a program", { run: [["A=b", "x"]] }, /is not a program/],
      ["a strange variable", { variables: { "A B": "x" } }, /not the name of a variable/],
      ["a path as id", { id: "../x" }, /not the name of a workspace/],
    ])("with %s does not begin", async (_title, settings, says) => {
      const { build, lines } = await aBuild();
      await expect(build({ run: [["true"]], artifact: "x", ...settings })).rejects.toThrow(says);
      expect(lines).toEqual([]);
    });

    it("says when a program is not there", async () => {
      const { build } = await aBuild();
      await expect(build({ run: [["no-such-program"]], artifact: "x" })).rejects.toThrow(
        /"no-such-program" can't be run \(status 127\)/,
      );
    });

    async function aBuild(files: Readonly<Record<string, string>> = { "a.txt": "a" }): Promise<ABuild> {
      const world = await create();
      const source = sourceOf(files);
      const lines: string[] = [];
      const artifactBytes = async (sha256: string): Promise<Buffer> =>
        Buffer.concat(await Array.fromAsync(world.artifacts.read(sha256).stream()));
      return {
        world,
        source,
        lines,
        artifactBytes,
        text: async (sha256) => (await artifactBytes(sha256)).toString(),
        build: ({ id = `contract-${process.pid}-${count++}`, signal = new AbortController().signal, ...settings }) => {
          const build = { on: "server", directory: ".", variables: {}, limitSeconds: 50, ...settings };
          return world.builds.build(world.where, { id, source, signal, log: (line) => lines.push(line), build });
        },
      };
    }
  });
}

interface ABuild {
  readonly world: BuildWorld;
  readonly source: string;
  readonly lines: string[];
  build(
    settings: Pick<Build, "run" | "artifact"> & Partial<Build> & Partial<Pick<BuildRequest, "id" | "signal">>,
  ): ReturnType<Builds["build"]>;
  artifactBytes(sha256: string): Promise<Buffer>;
  text(sha256: string): Promise<string>;
}

function sourceOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "source-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
    chmodSync(join(directory, path), content.startsWith("#!") ? 0o755 : 0o644);
  }
  if (existsSync(join(directory, "gradlew"))) symlinkSync("a.txt", join(directory, "link"));
  return directory;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 600; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
}
