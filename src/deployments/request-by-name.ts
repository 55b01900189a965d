/** Requests as people make them, by the names of a service and an environment, turned into targets and origins. */
import type { Origin } from "../core/plan.ts";
import type { Target } from "../core/service.ts";
import type { Settings } from "../core/settings.ts";
import { SettingsRefused, UnknownName } from "../core/settings.ts";
import type { Commit } from "../ports/git.ts";
import { refusePastContract } from "./past-contract.ts";
import type { FoundTip } from "./pushes/along.ts";
import { alongOf } from "./pushes/along.ts";
import { rollBack } from "./roll-back.ts";
import { request } from "./request.ts";
import { successionOf } from "./succession.ts";
import { serviceFile, targetNow } from "./target-now.ts";
import type { World } from "./world.ts";

export interface Named {
  readonly service: string;
  readonly environment: string;
}

export type NamedOrigin =
  | { readonly kind: "revision"; readonly ref?: string | undefined }
  | { readonly kind: "artifact"; readonly sha256: string; readonly revision?: string | undefined }
  | { readonly kind: "release"; readonly number: number };

export interface DeployByName extends Named {
  readonly origin: NamedOrigin;
  readonly reason?: string | undefined;
  /** Why it goes on without the approval that it needs, and past a freeze. */
  readonly breakGlass?: string | undefined;
  readonly plan?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  /** The login of whose push began it. */
  readonly pushedBy?: string | undefined;
  readonly alsoPushedBy?: readonly string[] | undefined;
  readonly pusherMail?: string | undefined;
  /** For one that is begun by a push. */
  readonly found?: FoundTip | undefined;
}

interface Around {
  readonly world: World;
  readonly settings: Settings;
  /** There is no server that could ask anybody: what needs an approval is refused, unless the glass is broken. */
  readonly withoutServer?: boolean;
  /** Why an environment that needs an approval is changed without one. It is reviewed afterwards. */
  readonly breakGlass?: string;
}

/** The environment needs an approval, and nobody broke the glass. */
export class ApprovalNeeded extends Error {
  override readonly name = "ApprovalNeeded";
}

/** @returns the deployment's id */
export async function requestDeploy(asked: DeployByName, by: string, around: Around): Promise<string> {
  const { service, environment, plan, hosts, reason, pushedBy, alsoPushedBy, pusherMail, found } = asked;
  const breakGlass = asked.breakGlass ?? glassBroken(environment, around);
  const { target, origin, commit } = await targetAndOrigin(asked, around);
  // Some hosts are not the place: what all of them get next is not older than this.
  const along =
    commit === undefined || hosts !== undefined ? undefined : alongOf(target, commit, around.settings, found);
  return request(
    {
      kind: "deploy",
      service,
      environment,
      by,
      ...(reason === undefined ? {} : { reason }),
      ...(pushedBy === undefined ? {} : { pushedBy }),
      ...(alsoPushedBy === undefined ? {} : { alsoPushedBy }),
      ...(pusherMail === undefined ? {} : { pusherMail }),
      ...(breakGlass === undefined ? {} : { breakGlass }),
      ...(plan === undefined ? {} : { plan }),
      ...(hosts === undefined ? {} : { hosts }),
    },
    hosts === undefined ? target : onlyHosts(target, hosts),
    origin,
    around.world,
    around.settings.policy(environment).approval,
    along,
  );
}

/** @returns the reason of a broken glass */
function glassBroken(environment: string, { settings, breakGlass, withoutServer }: Around): string | undefined {
  if (settings.policy(environment).approval === undefined) return breakGlass;
  if (breakGlass === undefined && withoutServer === true) {
    throw new ApprovalNeeded(
      `${environment} needs an approval, and without a server there is nobody who asks for it; in an emergency: --local --break-glass "reason"`,
    );
  }
  return breakGlass;
}

export async function requestRollBack(
  asked: Named & { readonly to?: number | undefined; readonly reason?: string },
  by: string,
  around: Around,
): Promise<string> {
  const { world, settings } = around;
  const { environment, to, reason = "asked for" } = asked;
  const policy = settings.policy(environment).approval;
  return rollBack(
    await targetNow(asked, around),
    {
      by,
      reason,
      ...(to === undefined ? {} : { to }),
      ...(policy === undefined ? {} : { policy: () => ({ policy, breakGlass: glassBroken(environment, around) }) }),
    },
    world,
  );
}

export async function requestRestart(
  asked: Named & { readonly reason?: string },
  by: string,
  { world, settings }: Around,
): Promise<string> {
  const { service, environment } = asked;
  const target = await targetNow(asked, { settings, world });
  const rows = await world.store.releases(service, environment);
  const { current } = successionOf(await world.store.deployments({ service, environment }));
  const row = rows.find(({ release }) => release.number === current);
  if (row === undefined)
    throw new UnknownName(`${service} was never deployed to ${environment}, so there is nothing to restart`);
  const reason = asked.reason === undefined ? {} : { reason: asked.reason };
  return request(
    { kind: "restart", service, environment, by, ...reason },
    target,
    { kind: "restart", release: row.release },
    world,
  );
}

/** Resolves a ref to its commit once, and reads the service's own file there. */
export async function targetAndOrigin(
  asked: Named & { readonly origin: NamedOrigin },
  { world, settings }: Around,
): Promise<{ readonly target: Target; readonly origin: Origin; readonly commit?: Commit }> {
  const { service, environment, origin } = asked;
  switch (origin.kind) {
    case "revision": {
      const source = settings.source(service, environment);
      if (source === undefined)
        throw new SettingsRefused(
          `${service} has no source in its configuration; add source.git, or deploy an artifact`,
        );
      const ref = origin.ref ?? settings.policy(environment).deploys.branch ?? source.branch;
      const commit = await world.git.fetch(source, ref, {
        signal: AbortSignal.timeout(120_000),
        log: () => {},
      });
      const { revision } = commit;
      const own = await world.git.readFile(source, revision, serviceFile);
      return {
        target: settings.target(service, environment, own),
        origin: { kind: "revision", ref: revision },
        commit,
      };
    }
    case "artifact": {
      const artifact = await world.artifacts.describe(origin.sha256);
      if (artifact === undefined)
        throw new UnknownName(`there is no artifact ${origin.sha256} on the server; upload it first`);
      const { revision } = origin;
      return {
        target: await targetNow(
          { service, environment, ...(revision === undefined ? {} : { revision }) },
          { settings, world },
        ),
        origin: { kind: "artifact", artifact, ...(origin.revision === undefined ? {} : { revision: origin.revision }) },
      };
    }
    case "release": {
      const rows = await world.store.releases(service, environment);
      const row = rows.find(({ release }) => release.number === origin.number);
      if (row === undefined)
        throw new UnknownName(`there is no release ${origin.number} of ${service} in ${environment}`);
      await refusePastContract(row, await world.store.deployments({ service, environment }), world);
      const { revision } = row.release;
      const at = { service, environment, ...(revision === undefined ? {} : { revision }) };
      return { target: await targetNow(at, { settings, world }), origin: { kind: "release", release: row.release } };
    }
  }
}

/** A deployment to some hosts only; the floor still counts the whole fleet. */
function onlyHosts(target: Target, hosts: readonly string[]): Target {
  const unknown = hosts.find((host) => !target.hosts.includes(host));
  if (unknown !== undefined)
    throw new UnknownName(
      `${unknown} is not a host of ${target.service} in ${target.environment}; its hosts are ${target.hosts.join(", ")}`,
    );
  const left = target.hosts.length - hosts.length;
  const floor = Math.max(0, target.limits.floor - left);
  return {
    ...target,
    hosts: target.hosts.filter((host) => hosts.includes(host)),
    limits: { ...target.limits, floor },
    ...(left > 0 ? { others: target.hosts.filter((host) => !hosts.includes(host)) } : {}),
  };
}
