/** Chooses how a deployment is shown while it goes on: painted on a terminal, in lines elsewhere, or not at all. */
import type { Deployment, Recorded } from "../../core/deployment.ts";
import type { Session } from "../session.ts";
import { clockTime } from "../words.ts";
import { Lines } from "./lines.ts";
import { Painter } from "./painter.ts";
import { screen } from "./screen.ts";
import { nothingSeen, see } from "./traffic.ts";

export interface Show {
  event(after: Deployment, recorded: Recorded): void;
  /** Words that stay, whatever else is shown. */
  say(text: string): void;
  /** What it waits for now, if it waits for something that is worth a line. */
  waits(text: string | undefined): void;
  end(): void;
}

export function showOf(session: Session, title: string): Show {
  const { err, shell, options } = session;
  if (options.quiet === true || session.json === "lines") return silent(session);
  const canPaint = err.isTerminal && shell.env["TERM"] !== "dumb" && options.verbose !== true;
  return canPaint ? painted(session, title) : inLines(session);
}

function silent({ err }: Session): Show {
  return {
    event: () => undefined,
    say: (text) => err.write(`${text}\n`),
    waits: () => undefined,
    end: () => undefined,
  };
}

const tickMilliseconds = 1000;

function painted({ err, shell, errStyle }: Session, title: string): Show {
  const painter = new Painter(err, shell);
  let deployment: Deployment | undefined;
  let traffic = nothingSeen;
  let waits: string | undefined;
  let nextTick = (): void => undefined;
  // Events carry the server's clock; where it is ahead of ours, nothing may seem to begin in the future.
  let latest = 0;
  const now = (): number => Math.max(shell.now(), latest);
  const show = (): void => {
    if (deployment === undefined) return;
    const seen = { deployment, title, traffic, ...(waits === undefined ? {} : { waits }) };
    painter.paint(() => screen(seen, now(), { columns: err.columns, rows: err.rows }, errStyle));
    nextTick();
    nextTick = shell.after(tickMilliseconds, show);
  };
  return {
    event(after, recorded) {
      deployment = after;
      traffic = see(traffic, recorded);
      latest = Math.max(latest, recorded.at);
      show();
    },
    say: (text) => painter.say(text),
    waits(text) {
      if (text === waits) return;
      waits = text;
      show();
    },
    end() {
      nextTick();
      painter.clear();
    },
  };
}

const holdBackMilliseconds = 1000;

function inLines({ err, shell }: Session): Show {
  const lines = new Lines();
  const write = (all: readonly string[]): void => all.forEach((line) => err.write(`${line}\n`));
  let flush = (): void => undefined;
  let said: string | undefined;
  return {
    event(after, recorded) {
      write(lines.add(after, recorded));
      flush();
      flush = shell.after(holdBackMilliseconds, () => write(lines.flush()));
    },
    say(text) {
      write([...lines.flush(), text]);
    },
    waits(text) {
      // An event of the journal tells of the freeze itself.
      if (text !== undefined && text !== said && text.startsWith("awaiting"))
        write([...lines.flush(), `${clockTime(shell.now())}  ${text}`]);
      said = text ?? said;
    },
    end() {
      flush();
      write(lines.flush());
    },
  };
}
