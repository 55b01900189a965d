/** What a directory with source tells about its service: how it is built, and how it is started. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

export interface Project {
  readonly kind: "gradle" | "maven" | "node" | "go" | "unknown";
  readonly name: string;
  readonly runtime?: readonly [kind: "java" | "node", range: string];
  readonly build?: { readonly run: readonly (readonly string[])[]; readonly artifact: string };
  /** Missing when it could not be found out. */
  readonly exec?: readonly string[];
  readonly port?: number;
  readonly healthPath?: string;
  /** What a person should look at again. */
  readonly doubts: readonly string[];
}

/** Files larger than this are not read: nobody writes such build files by hand. */
const readable = 1024 * 1024;

export function detectProject(directory: string): Project {
  const has = (file: string): boolean => existsSync(join(directory, file));
  if (has("build.gradle") || has("build.gradle.kts")) return gradle(directory);
  if (has("pom.xml")) return maven(directory);
  if (has("package.json")) return node(directory);
  if (has("go.mod")) return go(directory);
  return {
    kind: "unknown",
    name: basename(directory),
    doubts: ["No gradle, maven, node or go project was found here."],
  };
}

function gradle(directory: string): Project {
  const settings = firstText(directory, ["settings.gradle", "settings.gradle.kts"]);
  const script = firstText(directory, ["build.gradle", "build.gradle.kts"]);
  const name = /rootProject\.name\s*=\s*["']([^"'\s]+)["']/.exec(settings)?.[1] ?? basename(directory);
  const archive = /archiveFileName\s*(?:=|\.set\()\s*["']([^"'\s$]+\.jar)["']/.exec(script)?.[1];
  const version = /^\s*version\s*=?\s*["']([^"'\s]+)["']/m.exec(script)?.[1];
  const java = /languageVersion[^\n]*?(\d{1,2})|(?:source|target)Compatibility[^\n\d]*(\d{1,2})/.exec(script);
  const tool = existsSync(join(directory, "gradlew")) ? "./gradlew" : "gradle";
  const jar = archive ?? (version === undefined ? `${name}.jar` : `${name}-${version}.jar`);
  return {
    kind: "gradle",
    name,
    runtime: ["java", `>=${java?.[1] ?? java?.[2] ?? "21"}`],
    build: { run: [[tool, "clean", "build"]], artifact: `build/libs/${jar}` },
    exec: ["java", "-jar", jar],
    doubts: archive === undefined ? ["The name of the jar is a guess; build once and look into build/libs."] : [],
    ...springBoot(directory, script),
  };
}

function maven(directory: string): Project {
  const pom = firstText(directory, ["pom.xml"]);
  const own = pom.replace(/<parent>[\s\S]*?<\/parent>/, "").split(/<(?:dependencies|build|profiles)>/)[0] ?? "";
  const name = /<artifactId>\s*([^<\s]+)\s*</.exec(own)?.[1] ?? basename(directory);
  const version = /<version>\s*([^<\s$]+)\s*</.exec(own)?.[1];
  const finalName = /<finalName>\s*([^<\s$]+)\s*</.exec(pom)?.[1];
  const java = /<(?:java\.version|maven\.compiler\.release|release)>\s*(\d{1,2})\s*</.exec(pom)?.[1] ?? "21";
  const tool = existsSync(join(directory, "mvnw")) ? "./mvnw" : "mvn";
  const jar = `${finalName ?? (version === undefined ? name : `${name}-${version}`)}.jar`;
  return {
    kind: "maven",
    name,
    runtime: ["java", `>=${java}`],
    build: { run: [[tool, "-B", "clean", "package"]], artifact: `target/${jar}` },
    exec: ["java", "-jar", jar],
    doubts:
      finalName === undefined
        ? ["The jar's name has the version in it; <finalName> in pom.xml keeps it the same."]
        : [],
    ...springBoot(directory, pom),
  };
}

/** What Spring Boot listens on and answers under, when it is Spring Boot. */
function springBoot(directory: string, script: string): Pick<Project, "port" | "healthPath"> {
  if (!script.includes("spring-boot")) return {};
  const resources = join(directory, "src/main/resources");
  const settings = firstText(resources, ["application.properties", "application.yml", "application.yaml"]);
  const port = /server\.port\s*[=:]\s*(\d{1,5})|^server:[ \t]*\n(?:[ \t]+.*\n)*?[ \t]+port:\s*(\d{1,5})/m.exec(
    settings,
  );
  return {
    port: Number(port?.[1] ?? port?.[2] ?? 8080),
    ...(script.includes("actuator") ? { healthPath: "/actuator/health" } : {}),
  };
}

function node(directory: string): Project {
  const manifest = parsed(firstText(directory, ["package.json"]));
  const scripts = record(manifest["scripts"]);
  const name = text(manifest["name"])?.split("/").at(-1) ?? basename(directory);
  const engine = /^>=\s*(\d+(?:\.\d+)*)$|^\^?(\d+)(?:\.[\dx]+)*$/.exec(text(record(manifest["engines"])["node"]) ?? "");
  const lock = existsSync(join(directory, "package-lock.json"));
  const start = /^node\s+([\w./-]+)$/.exec(text(scripts["start"]) ?? "")?.[1];
  const main =
    start ??
    text(manifest["main"]) ??
    ["server.mjs", "server.js", "index.js"].find((file) => existsSync(join(directory, file)));
  const hasBuild = text(scripts["build"]) !== undefined;
  const run = [...(lock ? [["npm", "ci"]] : []), ...(hasBuild ? [["npm", "run", "build"]] : [])];
  return {
    kind: "node",
    name,
    runtime: ["node", `>=${engine?.[1] ?? engine?.[2] ?? "24"}`],
    ...(run.length > 0 ? { build: { run, artifact: "." } } : {}),
    ...(main === undefined ? {} : { exec: ["node", main] }),
    doubts: [
      ...(main === undefined ? ["package.json does not say how the service is started."] : []),
      ...(hasBuild ? ["All of the directory is deployed; name a smaller artifact if the build makes one."] : []),
    ],
  };
}

function go(directory: string): Project {
  const module = /^module\s+(\S+)/m.exec(firstText(directory, ["go.mod"]))?.[1] ?? basename(directory);
  const name =
    module
      .replace(/\/v\d+$/, "")
      .split("/")
      .at(-1) ?? module;
  const commands = existsSync(join(directory, "main.go")) ? [] : listing(join(directory, "cmd"));
  const [only] = commands;
  const what = commands.length === 1 ? `./cmd/${only}` : ".";
  return {
    kind: "go",
    name,
    build: { run: [["go", "build", "-o", `bin/${name}`, what]], artifact: `bin/${name}` },
    exec: [`./${name}`],
    doubts: commands.length > 1 ? [`There are several commands under cmd: ${commands.join(", ")}.`] : [],
  };
}

function firstText(directory: string, files: readonly string[]): string {
  for (const file of files) {
    const path = join(directory, file);
    if (existsSync(path) && statSync(path).size <= readable) return readFileSync(path, "utf8");
  }
  return "";
}

function listing(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).toSorted() : [];
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(json));
  } catch {
    return {};
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
