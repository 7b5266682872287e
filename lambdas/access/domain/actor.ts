import type { Identity } from '../contract';

/** The caller as the registry and the audit trail name whoever did something: without roles and teams, which change. */
export const actorOf = ({ kind, id, name }: Identity): Pick<Identity, 'kind' | 'id' | 'name'> => ({ kind, id, name });
