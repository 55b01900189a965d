/** Capistrano with its own order of tasks; only the artifact, the restart and the health check are ours. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { attempt } from "../../testbed/command.ts";
import { ControllerGroup } from "../support/controller-group.ts";
import type { Fleet } from "../support/fleet.ts";
import { healthScript } from "../support/health.ts";
import type { BenchRelease } from "../support/release.ts";
import type { Peer } from "./peer.ts";

const port = 8084;

export async function capistrano(fleet: Fleet): Promise<Peer | string> {
  const found = await attempt(["cap", "--version"]).catch(() => undefined);
  if (found === undefined) return "Capistrano takes no part: Debian's package capistrano is not installed.";
  const keys = await attempt(["ruby", "-e", 'require "ed25519"; require "bcrypt_pbkdf"']).catch(() => undefined);
  if (keys?.code !== 0)
    return "Capistrano takes no part: its keys need Debian's packages ruby-ed25519 and ruby-bcrypt-pbkdf.";
  await fleet.addService("cap", port);
  const directory = path.join(tmpdir(), `signalbox-bench-cap-${process.pid}`);
  await mkdir(path.join(directory, "config", "deploy"), { recursive: true });
  await writeFile(path.join(directory, "Capfile"), capfile);
  await writeFile(path.join(directory, "config", "deploy", "bench.rb"), servers(fleet));
  const group = new ControllerGroup("cap");
  const deploy = async (release: BenchRelease): Promise<void> => {
    await writeFile(path.join(directory, "config", "deploy.rb"), settings(release));
    const argv = ["env", "-C", directory, "LANG=C.UTF-8", "cap", "bench", "deploy"];
    const { code, stdout, stderr } = await attempt(group.within(argv));
    if (code !== 0) throw new Error(`cap ended with ${code}: ${(stdout + stderr).slice(-2000)}`);
  };

  return {
    group,
    begin: deploy,
    rows: [
      {
        title: "Capistrano",
        work: "release",
        about:
          "cap deploy with linked connections for all hosts at once: its own checks, release directory, links, log and cleanup, with an upload of the artifact, its checksum, an environment file, restart by sudo systemctl, health and version",
        run: deploy,
      },
    ],
    async close() {
      await group.remove();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const capfile = `
require "capistrano/setup"
require "capistrano/deploy"
require "capistrano/scm/plugin"

class Artifact < Capistrano::SCM::Plugin
  def register_hooks
    after "deploy:new_release_path", "artifact:create_release"
    before "deploy:set_current_revision", "artifact:set_current_revision"
    after "deploy:published", "artifact:restart"
  end

  def define_tasks
    namespace :artifact do
      task :create_release do
        on release_roles :all do
          execute :mkdir, "-p", release_path
          upload! fetch(:artifact), "#{release_path}/.artifact"
          execute %(echo "#{fetch(:sha256)}  #{release_path}/.artifact" | sha256sum -c --status)
          execute :tar, "-xf", "#{release_path}/.artifact", "-C", release_path
          execute %(echo SIGNALBOX_RELEASE=#{fetch(:release_number)} >#{deploy_to}/environment)
        end
      end
      task(:set_current_revision) { set :current_revision, fetch(:release_number) }
      task :restart do
        on release_roles :all do
          execute :sudo, "systemctl", "restart", "cap"
          execute fetch(:healthy)
        end
      end
    end
  end
end
install_plugin Artifact
`;

function servers(fleet: Fleet): string {
  const { knownHostsFile } = fleet.bed.facts;
  return fleet.hosts
    .map(
      ({ facts }) =>
        `server ${ruby(facts.address)}, user: "deploy", roles: [:app], ssh_options: { config: false, keys: [${ruby(facts.identityFile)}], keys_only: true, forward_agent: false, user_known_hosts_file: ${ruby(knownHostsFile)} }\n`,
    )
    .join("");
}

function settings({ id, file, sha256 }: BenchRelease): string {
  return [
    'set :application, "cap"',
    'set :deploy_to, "/srv/cap"',
    "set :keep_releases, 5",
    "set :format, :dot",
    `set :artifact, ${ruby(file)}`,
    `set :sha256, ${ruby(sha256)}`,
    `set :release_number, ${ruby(id)}`,
    `set :healthy, ${ruby(healthScript(port, id))}`,
    "",
  ].join("\n");
}

/** A string in Ruby's single quotes, where nothing is replaced. */
function ruby(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
