/** Which service in which environment a command is about. What exists only once may be left out. */
import type { Client } from "../api/client.ts";
import { exitCodes } from "../core/exit-code.ts";
import type { Session } from "./session.ts";
import { Stopped } from "./stopped.ts";

export interface Place {
  readonly service: string;
  readonly environment: string;
}

export interface Asked {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
}

export async function placeFor(session: Session, asked: Asked): Promise<Place> {
  const { service, environment } = asked;
  if (service !== undefined && environment !== undefined) return { service, environment };
  const place = onlyPlace(asked, await placesOf(await session.client()));
  const taken = [
    ...(service === undefined ? [`service ${place.service}`] : []),
    ...(environment === undefined ? [`environment ${place.environment}`] : []),
  ];
  session.note(`Took ${taken.join(" and ")}: there is no other.`);
  return place;
}

async function placesOf(client: Client): Promise<readonly Place[]> {
  return (await client.status({})).map(({ service, environment }) => ({ service, environment }));
}

export function onlyPlace({ service, environment }: Asked, places: readonly Place[]): Place {
  const fitting = places.filter(
    (place) =>
      (service === undefined || place.service === service) &&
      (environment === undefined || place.environment === environment),
  );
  const [only, ...others] = fitting;
  if (only === undefined) throw new Stopped(nothing({ service, environment }, places), { next: existing(places) });
  if (others.length === 0) return only;

  const services = distinct(fitting.map((place) => place.service));
  const environments = distinct(fitting.map((place) => place.environment));
  const open =
    services.length > 1 && service === undefined
      ? `which service is meant is not clear: there are ${services.join(", ")}`
      : `which environment is meant is not clear: there are ${environments.join(", ")}`;
  throw new Stopped(open, {
    exitCode: exitCodes.usage,
    next: `name it, such as ${services[0]} -e ${environments[0]}`,
  });
}

function nothing({ service, environment }: Asked, places: readonly Place[]): string {
  if (service !== undefined && places.every((place) => place.service !== service))
    return `there is no service ${service}`;
  if (environment !== undefined && places.every((place) => place.environment !== environment))
    return `there is no environment ${environment}`;
  if (places.length === 0) return "no service is placed in any environment yet";
  return `${service ?? "no service"} is not placed in ${environment}`;
}

function existing(places: readonly Place[]): string {
  if (places.length === 0) return "add services to an environment in signalbox.yml";
  return `there are ${distinct(places.map(({ service, environment }) => `${service}@${environment}`)).join(", ")}`;
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
