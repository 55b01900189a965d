/** Freezes, as clients see them. */
import type { Calls } from "./calls.ts";
import type { ExceptionRequest, FreezeRequest, FreezesView } from "./freeze-views.ts";

export interface FreezeClient {
  list(): Promise<FreezesView>;
  add(window: FreezeRequest): Promise<void>;
  remove(name: string): Promise<void>;
  /** It holds when another person has confirmed it. */
  ask(window: string, exception: ExceptionRequest): Promise<{ readonly id: string }>;
  confirm(id: string): Promise<void>;
}

export function freezeClient({ get, post, remove }: Calls): FreezeClient {
  return {
    list: async () => get("/freezes"),
    add: async (window) => post("/freezes", window),
    remove: async (name) => remove(`/freezes/${name}`),
    ask: async (window, exception) => post(`/freezes/${window}/exceptions`, exception),
    confirm: async (id) => post(`/freeze-exceptions/${id}/confirm`),
  };
}
