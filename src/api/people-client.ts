/** People, as clients see them. */
import type { Calls } from "./calls.ts";
import type {
  AmendedView,
  AmendmentRequest,
  MeView,
  NewPersonRequest,
  PersonView,
  ProposalView,
} from "./people-views.ts";

export interface PeopleClient {
  me(): Promise<MeView>;
  list(): Promise<readonly PersonView[]>;
  find(login: string): Promise<PersonView>;
  add(request: NewPersonRequest): Promise<AmendedView>;
  /** Done at once, or proposed to a second person. */
  amend(login: string, amendment: AmendmentRequest): Promise<AmendedView>;
  proposals(): Promise<readonly ProposalView[]>;
  confirm(proposal: string): Promise<AmendedView>;
  withdraw(proposal: string): Promise<ProposalView>;
}

export function peopleClient({ get, post }: Calls): PeopleClient {
  return {
    me: async () => get("/me"),
    list: async () => get("/people"),
    find: async (login) => get(`/people/${login}`),
    add: async (request) => post("/people", request),
    amend: async (login, amendment) => post(`/people/${login}/amendments`, amendment),
    proposals: async () => get("/proposals"),
    confirm: async (proposal) => post(`/proposals/${proposal}/confirm`),
    withdraw: async (proposal) => post(`/proposals/${proposal}/withdraw`),
  };
}
