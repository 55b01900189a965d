import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { lint } from "../lint.ts";
import type { Said } from "../lint.ts";
import type { Answers, Found } from "./answers.ts";
import { nameFrom, usualAnswers } from "./answers.ts";
import { initialise, lookAround } from "./command.ts";
import { readUnit } from "./existing-unit.ts";
import { ask, Left } from "./questions.ts";

let directory: string;
let around: { readonly sshConfig: string; readonly systemDirectory: string };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "signalbox-init-"));
  around = { sshConfig: join(directory, "home/config"), systemDirectory: join(directory, "systemd") };
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function files(texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

const git = (...args: readonly string[]): void => {
  execFileSync("git", [...args], { cwd: join(directory, "project"), stdio: "ignore" });
};

const look = (): Found => lookAround(join(directory, "project"), around);

const init = (options: { force?: boolean } = {}, change: Partial<Answers> = {}): Promise<Said> => {
  const asker = (found: Found): Promise<Answers> => Promise.resolve({ ...usualAnswers(found), ...change });
  return initialise(join(directory, "project"), { output: "signalbox.yml", ...options }, asker, around);
};

const written = (): string => readFileSync(join(directory, "project/signalbox.yml"), "utf8");

describe("what init finds", () => {
  it.each([
    [
      "gradle",
      {
        "build.gradle": "java { toolchain { languageVersion = JavaLanguageVersion.of(21) } }\nversion = '1.2'\n",
        "settings.gradle": "rootProject.name = 'orders'\n",
        gradlew: "",
      },
      {
        name: "orders",
        runtime: ["java", ">=21"],
        build: { run: [["./gradlew", "clean", "build"]], artifact: "build/libs/orders-1.2.jar" },
        exec: ["java", "-jar", "orders-1.2.jar"],
      },
    ],
    [
      "gradle with Spring Boot",
      {
        "build.gradle.kts":
          'plugins { id("org.springframework.boot") }\n// spring-boot, actuator\narchiveFileName.set("shop.jar")\n',
        "src/main/resources/application.properties": "server.port=9090\n",
      },
      {
        kind: "gradle",
        build: { run: [["gradle", "clean", "build"]], artifact: "build/libs/shop.jar" },
        port: 9090,
        healthPath: "/actuator/health",
      },
    ],
    [
      "maven",
      {
        "pom.xml":
          "<project><parent><artifactId>boot</artifactId><version>3</version></parent><artifactId>orders</artifactId><version>1.0</version><properties><java.version>25</java.version></properties></project>",
        mvnw: "",
      },
      {
        name: "orders",
        runtime: ["java", ">=25"],
        build: { run: [["./mvnw", "-B", "clean", "package"]], artifact: "target/orders-1.0.jar" },
      },
    ],
    [
      "node",
      {
        "package.json":
          '{ "name": "@shop/orders", "engines": { "node": ">=24" }, "scripts": { "build": "tsc", "start": "node dist/server.mjs" } }',
        "package-lock.json": "{}",
      },
      {
        name: "orders",
        runtime: ["node", ">=24"],
        build: {
          run: [
            ["npm", "ci"],
            ["npm", "run", "build"],
          ],
          artifact: ".",
        },
        exec: ["node", "dist/server.mjs"],
      },
    ],
    [
      "node with a broken package.json",
      { "package.json": "{", "server.mjs": "" },
      { kind: "node", exec: ["node", "server.mjs"] },
    ],
    [
      "go",
      { "go.mod": "module git.example.com/shop/orders/v2\n\ngo 1.24\n", "cmd/orders/main.go": "" },
      {
        name: "orders",
        build: { run: [["go", "build", "-o", "bin/orders", "./cmd/orders"]], artifact: "bin/orders" },
        exec: ["./orders"],
      },
    ],
    ["nothing it knows", { "README.md": "" }, { kind: "unknown", name: "project" }],
  ])("in a directory with %s", (_kind, texts, expected) => {
    files(Object.fromEntries(Object.entries<string>(texts).map(([name, text]) => [`project/${name}`, text])));
    expect(look().project).toMatchObject(expected);
  });

  it("are the remote and the branch, without a password", () => {
    files({ "project/a": "" });
    git("init", "-q", "-b", "trunk");
    expect(look().repository).toMatchObject({ branch: "trunk", doubts: [expect.stringContaining("no git remote")] });
    git("remote", "add", "origin", "git@git.example.com:shop/orders.git");
    expect(look().repository).toEqual({ git: "git@git.example.com:shop/orders.git", branch: "trunk", doubts: [] });
    git("remote", "set-url", "origin", "https://bob:hunter2@git.example.com/shop/orders.git");
    expect(look().repository).toMatchObject({ git: "https://git.example.com/shop/orders.git" });
    git("remote", "set-url", "origin", "http://bob:hunter2@git.example.com/shop/orders.git");
    expect(look().repository).not.toHaveProperty("git");
    expect(JSON.stringify(look().repository)).not.toContain("hunter2");
  });

  it("are the hosts of ssh_config, without patterns and forges", () => {
    files({
      "project/a": "",
      "home/config":
        "Include more/*.conf\nHost *\n  User nobody\nHost web-1 Web_2\n  HostName 10.0.0.1\n  User deploy\n  Port 2222\n  ProxyJump bastion\nHost bastion\n  HostName=10.0.0.9\nHost github.com\n  User git\nMatch all\n  User x\n",
      "home/more/a.conf": "Host db-1\n  HostName 10.0.0.5\n",
    });
    expect(look().sshHosts).toEqual([
      { name: "db-1", address: "10.0.0.5" },
      { name: "web-1", address: "10.0.0.1", user: "deploy", port: 2222, jump: "bastion" },
      { name: "bastion", address: "10.0.0.9" },
    ]);
  });

  it("is a unit that runs the service already", () => {
    files({
      "project/a": "",
      "systemd/orders.service":
        '[Service]\nUser=shop\nWorkingDirectory=/opt/orders\nEnvironment=PORT=8088\nExecStart=/usr/bin/java -Xmx1g \\\n  -jar "orders app.jar"\n',
    });
    expect(look().unitOf("orders")).toEqual({
      unit: "orders.service",
      exec: ["/usr/bin/java", "-Xmx1g", "-jar", "orders app.jar"],
      user: "shop",
      workingDirectory: "/opt/orders",
      port: 8088,
    });
    expect(look().unitOf("payments")).toBeUndefined();
  });

  it.each([
    "ExecStart=+/bin/x",
    "ExecStart=/bin/x %i",
    "ExecStart=/bin/x $A",
    "ExecStart=-/bin/x",
    "User=root",
    "WorkingDirectory=~",
  ])("leaves out what it can't carry over: %s", (line) => {
    expect(readUnit("a.service", `[Service]\n${line}\n`)).toEqual({ unit: "a.service" });
  });
});

describe("signalbox init", () => {
  const gradle = { "project/build.gradle": "", "project/settings.gradle": "rootProject.name = 'orders'\n" };

  it("writes a commented file that passes lint, with the schema beside it", async () => {
    files(gradle);
    const { exitCode, text } = await init();
    expect(exitCode).toBe(0);
    expect(text).toContain("Wrote signalbox.yml for orders (gradle)");
    expect(written().split("\n")[0]).toBe("# yaml-language-server: $schema=./signalbox.schema.json");
    expect(lint([join(directory, "project/signalbox.yml")])).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(join(directory, "project/signalbox.schema.json"), "utf8"))).toHaveProperty(
      "properties",
    );
  });

  it("writes everything that was found and answered", async () => {
    files({ ...gradle, "systemd/orders.service": "[Service]\nUser=shop\nExecStart=/usr/bin/java -jar a.jar\n" });
    git("init", "-q", "-b", "main");
    git("remote", "add", "origin", "ssh://git@git.example.com/shop/orders.git");
    const host = (name: string, more = {}): { name: string; address: string } => ({
      name,
      address: `${name}.example.com`,
      ...more,
    });
    await init(
      {},
      {
        port: 8080,
        healthPath: "/healthz",
        production: [host("web-1", { port: 2222 }), host("web-2")],
        dev: [host("dev-1")],
      },
    );
    expect(written()).toMatchInlineSnapshot(`
      "# yaml-language-server: $schema=./signalbox.schema.json
      #
      # Checked by \`signalbox lint\`, explained by \`signalbox config explain KEY\`.

      # The machines. \`signalbox hosts enroll NAME\` shows the fingerprint of one, and the hostKey: to add to it here;
      # nothing is deployed to a host without one.
      hosts:
        web-1: { address: web-1.example.com, user: deploy, port: 2222 }
        web-2: { address: web-2.example.com, user: deploy }
        dev-1: { address: dev-1.example.com, user: deploy }

      # What a service is, the same wherever it runs. What stands from \`runtime\` to \`health\` may instead live in the
      # service's own repository, as signalbox.service.yml.
      services:
        orders:
          # TODO: The name of the jar is a guess; build once and look into build/libs.
          source: { git: ssh://git@git.example.com/shop/orders.git, branch: main }
          runtime: { java: ">=21" }
          build: { run: [gradle, clean, build], artifact: build/libs/orders.jar }
          unit: { exec: [java, "-jar", orders.jar], user: shop }
          port: 8080
          # When a release counts as healthy; without it the new release is not kept.
          health: { http: /healthz }
          # Runs the service until now: the first deployment stops it, a rollback starts it again.
          adopts: orders.service

      environments:
        dev:
          deploys: { branch: main, on: request }
          services:
            orders: { hosts: [dev-1] }

        production:
          deploys: { branch: main, on: request }
          # Who has to agree before traffic moves:
          # approval: { approvers: [kim, lee], quorum: 1, within: 4h }
          services:
            orders:
              hosts: [web-1, web-2]
              strategy: { rolling: { batch: 1, soak: 30s } }
              # environment: { LOG_LEVEL: info }
      "
    `);
  });

  it("does not touch a file that is there, unless it is forced to", async () => {
    files({ ...gradle, "project/signalbox.yml": "mine\n" });
    expect(await init()).toMatchObject({ exitCode: 2 });
    expect(written()).toBe("mine\n");
    expect(existsSync(join(directory, "project/signalbox.schema.json"))).toBe(false);
    expect(await init({ force: true })).toMatchObject({ exitCode: 0 });
    expect(written()).toContain("orders:");
  });

  it.each(["true", "null", "1e3", "a: b", "#x", "- x", "{", "*a", "&a", "!x", "한글", 'a"b', "%", "@x"])(
    "writes a command of odd words so that it is read back: %j",
    async (word) => {
      files(gradle);
      await init({}, { exec: ["run", word] });
      expect(lint([join(directory, "project/signalbox.yml")]).exitCode).toBe(0);
      expect(written()).toContain("exec: [run, ");
    },
  );

  it("makes a service's name from any other", () => {
    expect(["Orders API", "@shop/Orders_v2", "-x-", "sshd", "주문", ""].map(nameFrom)).toEqual([
      "orders-api",
      "shop-orders-v2",
      "x",
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the questions of init", () => {
  /** Answers in turn, and counts. */
  function person(answers: readonly unknown[]): {
    readonly asked: string[];
    readonly prompts: Parameters<typeof ask>[1];
  } {
    const asked: string[] = [];
    const answer = ({ message, initialValue }: { message: string; initialValue?: string }): Promise<unknown> => {
      asked.push(message);
      return Promise.resolve(answers[asked.length - 1] ?? initialValue ?? []);
    };
    const prompts = { text: answer, multiselect: answer, isCancel: (value: unknown) => typeof value === "symbol" };
    return { asked, prompts: prompts as unknown as Parameters<typeof ask>[1] };
  }

  it("are six at most, and each has an answer to begin with", async () => {
    files({
      "project/package.json": '{ "name": "orders", "main": "a b.mjs" }',
      "home/config": "Host web-1\nHost web-2\n",
    });
    const { asked, prompts } = person([undefined, undefined, "8080", "/healthz", ["web-1", "web-2"], ["web-2"]]);
    const answers = await ask(look(), prompts);
    expect(asked).toHaveLength(6);
    expect(answers).toEqual({
      service: "orders",
      exec: ["node", "a b.mjs"],
      port: 8080,
      healthPath: "/healthz",
      production: [
        { name: "web-1", address: "web-1" },
        { name: "web-2", address: "web-2" },
      ],
      dev: [],
    });
  });

  it("take names and addresses where ssh_config has none", async () => {
    files({ "project/package.json": '{ "name": "orders", "main": "a.mjs" }' });
    const { asked, prompts } = person(["shop", "node b.mjs --fast", "", "kim@10.0.0.1, web-2.example.com", ""]);
    const answers = await ask(look(), prompts);
    expect(asked).toHaveLength(5);
    expect(answers).toMatchObject({
      service: "shop",
      exec: ["node", "b.mjs", "--fast"],
      production: [
        { name: "10.0.0.1", address: "10.0.0.1", user: "kim" },
        { name: "web-2.example.com", address: "web-2.example.com" },
      ],
      dev: [],
    });
  });

  it("can be left without anything being written", async () => {
    files({ "project/package.json": "{}" });
    const leaving = (): Parameters<typeof ask>[1] => person([Symbol("cancelled")]).prompts;
    await expect(ask(look(), leaving())).rejects.toBeInstanceOf(Left);
    const output = "signalbox.yml";
    const result = await initialise(join(directory, "project"), { output }, (found) => ask(found, leaving()), around);
    expect(result).toEqual({ text: "Nothing was written.", exitCode: 130 });
    expect(existsSync(join(directory, "project", output))).toBe(false);
  });
});
