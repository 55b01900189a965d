/** Ansible as one who cares would set it up: pipelining, connections that stay, no facts, all hosts at once. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { attempt, must } from "../../testbed/command.ts";
import { ControllerGroup } from "../support/controller-group.ts";
import type { Fleet } from "../support/fleet.ts";
import { healthScript } from "../support/health.ts";
import type { BenchRelease } from "../support/release.ts";
import type { Peer } from "./peer.ts";

const port = 8083;

export async function ansible(fleet: Fleet): Promise<Peer | string> {
  const found = await attempt(["ansible-playbook", "--version"]).catch(() => undefined);
  if (found === undefined) return "Ansible takes no part: Debian's package ansible-core is not installed.";
  const interpreter = await givePython(fleet);
  await fleet.addService("ansible", port);
  const directory = path.join(tmpdir(), `signalbox-bench-ansible-${process.pid}`);
  await mkdir(directory, { recursive: true });
  const group = new ControllerGroup("ansible");
  const file = (name: string): string => path.join(directory, name);
  await writeFile(file("ansible.cfg"), configuration(fleet, directory, interpreter));
  await writeFile(file("inventory"), inventory(fleet));
  let last: BenchRelease | undefined;
  const play = async (release: BenchRelease): Promise<void> => {
    await writeFile(file("play.json"), JSON.stringify(playbook(release)));
    const argv = ["env", `ANSIBLE_CONFIG=${file("ansible.cfg")}`, "ansible-playbook", "-i", file("inventory")];
    const { code, stdout, stderr } = await attempt(group.within([...argv, file("play.json")]));
    if (code !== 0) throw new Error(`ansible-playbook ended with ${code}: ${(stdout + stderr).slice(-2000)}`);
    last = release;
  };

  return {
    group,
    begin: play,
    rows: [
      {
        title: "Ansible, tuned",
        work: "release",
        about:
          "a playbook of eight tasks, with pipelining, ControlPersist, no facts and forks for all hosts: directories, artifact with its checksum, unpack, environment file, link, restart when changed, health and version, prune",
        run: play,
      },
      {
        title: "Ansible, tuned, no-op",
        work: "no-op",
        about: "the same playbook with the release that is there",
        run: () => play(last!),
      },
    ],
    async close() {
      await group.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The testbed's hosts have a minimal Python, in which Ansible's modules do not run: they get this machine's. */
async function givePython(fleet: Fleet): Promise<string> {
  const where = "import sys, sysconfig; print(sys.executable, sysconfig.get_path('stdlib'))";
  const [program, library] = (await must(["/usr/bin/python3", "-c", where])).trim().split(" ");
  const real = (await must(["readlink", "-f", program!])).trim();
  const file = path.join(tmpdir(), `signalbox-bench-python-${process.pid}.tar`);
  await must(["tar", "-C", "/", "--exclude=test", "--exclude=dist-packages", "-cf", file, `.${real}`, `.${library}`]);
  const archive = await readFile(file);
  await fleet.each((host) => host.mustRun(["tar", "-C", "/", "-xf", "-"], { input: archive }));
  await rm(file);
  return real;
}

function configuration(fleet: Fleet, directory: string, interpreter: string): string {
  return [
    "[defaults]",
    `forks = ${fleet.size}`,
    "gathering = explicit",
    `interpreter_python = ${interpreter}`,
    `local_tmp = ${directory}/tmp`,
    "[ssh_connection]",
    "pipelining = True",
    `control_path_dir = ${directory}/cp`,
    `ssh_args = -F none -o ControlMaster=auto -o ControlPersist=300s -o UserKnownHostsFile=${fleet.bed.facts.knownHostsFile}`,
    "",
  ].join("\n");
}

function inventory(fleet: Fleet): string {
  return fleet.hosts
    .map(
      ({ name, facts }) =>
        `${name} ansible_host=${facts.address} ansible_user=deploy ansible_ssh_private_key_file=${facts.identityFile}\n`,
    )
    .join("");
}

function playbook({ id, file, sha256 }: BenchRelease): unknown {
  const root = "/srv/ansible";
  const release = `${root}/releases/${id}`;
  const prune = 'ls -t | tail -n +6 | while read -r old; do rm -rf "$old"; done';
  return [
    {
      hosts: "all",
      tasks: [
        { file: { path: release, state: "directory" } },
        { copy: { src: file, dest: `${release}/.artifact` }, register: "artifact" },
        { command: { cmd: `tar -xf .artifact`, chdir: release, creates: `${release}/server.mjs` } },
        { copy: { content: `SIGNALBOX_RELEASE=${id}\n`, dest: `${root}/environment` }, register: "settings" },
        { file: { src: release, dest: `${root}/current`, state: "link", force: true }, register: "link" },
        {
          systemd: { name: "ansible", state: "restarted" },
          become: true,
          when: "artifact.changed or settings.changed or link.changed",
        },
        {
          shell: `echo "${sha256}  ${release}/.artifact" | sha256sum -c --status && ${healthScript(port, id)}`,
          changed_when: false,
        },
        { shell: { cmd: prune, chdir: `${root}/releases` }, changed_when: false },
      ],
    },
  ];
}
