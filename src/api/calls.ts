/** What the parts of the client have in common: one request, one answer. */
export interface Calls {
  get<T>(route: string, query?: Query): Promise<T>;
  post<T>(route: string, body?: unknown): Promise<T>;
  remove<T>(route: string): Promise<T>;
  /** The answer as text, piece by piece as it comes. */
  text(route: string, query?: Query): AsyncIterable<string>;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
