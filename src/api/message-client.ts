/** Messages, as clients ask for them. */
import type { Calls } from "./calls.ts";
import type { MessageQuery, MessageView, TestRequest } from "./message-views.ts";

export interface MessageClient {
  /** The newest first. */
  list(query: MessageQuery): Promise<readonly MessageView[]>;
  /** Sends one that only tries; `list` says by its key what became of it. */
  test(to: TestRequest): Promise<{ readonly key: string }>;
}

export function messageClient({ get, post }: Calls): MessageClient {
  return {
    list: async (query) => get("/messages", { ...query }),
    test: async (to) => post("/messages/test", to),
  };
}
