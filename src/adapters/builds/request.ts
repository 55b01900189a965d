/** What a build may be asked for, checked before anything runs. */
import { variableNamePattern } from "../../core/names.ts";
import { BuildFailed, type BuildRequest } from "../../ports/builds.ts";

/** @throws {BuildFailed} when a setting can't mean anything, or something else than it says */
export function checkRequest({ id, build }: BuildRequest): void {
  const refuse = (why: string): never => {
    throw new BuildFailed(`The build can't begin: ${why}.`);
  };
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(id)) refuse(`${JSON.stringify(id)} is not the name of a workspace`);
  if (build.run.length === 0) refuse("build.run holds no command");
  for (const argv of build.run) {
    const [program = ""] = argv;
    if (program === "" || program.startsWith("-") || program.includes("="))
      refuse(`${JSON.stringify(program)} in build.run is not a program`);
    if (argv.some((argument) => argument.includes("\0"))) refuse("build.run holds a NUL character");
  }
  for (const [name, value] of Object.entries(build.variables)) {
    if (!variableNamePattern.test(name)) refuse(`${JSON.stringify(name)} is not the name of a variable`);
    if (value.includes("\0")) refuse(`the variable ${name} holds a NUL character`);
  }
  checkInner("build.directory", build.directory === "" ? "." : build.directory, refuse);
  checkInner("build.artifact", build.artifact, refuse);
  if (/[*?[]/.test(build.artifact))
    refuse(
      `build.artifact is one path; the pattern ${JSON.stringify(build.artifact)} could fit several files.\n` +
        "  Let the build give its artifact one name, or name the directory that holds it",
    );
}

function checkInner(what: string, path: string, refuse: (why: string) => never): void {
  if (path === "" || path.startsWith("/") || path.split("/").includes(".."))
    refuse(`${what} is ${JSON.stringify(path)}, but has to lead into the source`);
  if (/[\u0000-\u001f\u007f]/.test(path)) refuse(`${what} holds a control character`);
}
