import type { Identity } from '../access/contract';
import { authorize, may, requireRole } from '../access/domain/authorize';
import { NotReady } from '../kernel/errors';
import type { AcceptedVersion } from '../registry/contract';
import { routePinned } from './domain/route-request';
import type { RouteCache, RouteLookUp } from './route-cache';

/** Stands for any model that is not restricted. */
const OPEN = { model: '', mode: 'open', grants: [] } as const;

/** Models as their callers may see them: what they take, and which versions of them serve. */
export class ServingModels {
  constructor(private readonly routes: RouteCache) {}

  /**
   * Whoever may read the model, or ask it for predictions, may see what it takes.
   * @throws Forbidden, NotFound, NotReady
   */
  async find(model: string, identity: Identity): Promise<RouteLookUp> {
    if (!may(identity, 'model:read', OPEN)) requireRole(identity, 'prediction:create');
    const found = await this.routes.lookUp(model);
    const access = { model: found.model, mode: found.access, grants: found.grants };
    if (!may(identity, 'model:read', access)) authorize(identity, 'prediction:create', access);
    return found;
  }
}

/**
 * The record of a version that serves: the champion, or the one asked for by number.
 * @throws NotReady without a champion.
 * @throws NotFound for a version that does not serve.
 */
export const servingVersion = (
  { model, route, champion, challenger }: RouteLookUp,
  version: number | undefined,
): AcceptedVersion => {
  const isChampion = version === undefined || routePinned(route, version).isChampion;
  const record = isChampion ? champion : challenger;
  if (record !== undefined) return record;
  throw new NotReady(
    `model ${model} is not ready: no version is approved and rolled out, or its record cannot be read`,
  );
};
