import type { Identity } from '../access/contract';
import { may } from '../access/domain/authorize';
import type { RegistryReader } from './adapters/registry-reader';
import { aliasesOf, summarize } from './domain/describe-version';
import { parentOf } from './domain/version-flags';
import type { LineageStore, UseIndex } from './ports';
import type { RelatedVersion } from './schemas/lineage-api';
import type { Route } from './schemas/route';
import type { Position } from './walk-lineage';

type Registry = Pick<RegistryReader, 'access' | 'route'>;

/** What one request asks of each model once. */
class ModelsSeen {
  private readonly readable = new Map<string, Promise<boolean>>();
  private readonly routes = new Map<string, Promise<Route | undefined>>();

  constructor(
    private readonly identity: Identity,
    private readonly registry: Registry,
  ) {}

  mayRead(model: string): Promise<boolean> {
    const known = this.readable.get(model);
    if (known) return known;
    const asked = this.registry.access(model).then((access) => may(this.identity, 'model:read', access));
    this.readable.set(model, asked);
    return asked;
  }

  route(model: string): Promise<Route | undefined> {
    const known = this.routes.get(model);
    if (known) return known;
    const asked = this.registry.route(model);
    this.routes.set(model, asked);
    return asked;
  }
}

/** Describes versions that a walk comes to, as far as the caller may read their models. */
export const describerFor = (identity: Identity, registry: Registry, store: LineageStore, servingOnly: boolean) => {
  const models = new ModelsSeen(identity, registry);
  return async ({ model, root, at }: Position): Promise<RelatedVersion | 'prune' | undefined> => {
    if (!(await models.mayRead(model))) return 'prune';
    const route = await models.route(model);
    if (servingOnly && aliasesOf(at, route).length === 0) return undefined;
    const version = await store.version(model, at);
    return { ...summarize(version, route), parent: parentOf(version), through: at === root ? undefined : root };
  };
};

/** Versions of a page that is looked through, and pages of them, before a dataset counts as one that the caller may not see. */
const LOOKED_AT = 50;
const LOOKS = 10;

/** A dataset is seen by whoever may read a model that was trained on it. */
export const seesUseOf = async (
  index: UseIndex,
  identity: Identity,
  registry: Registry,
  store: LineageStore,
): Promise<boolean> => {
  const models = new ModelsSeen(identity, registry);
  let last: { model: string; version: number } | undefined;
  for (let look = 0; look < LOOKS; look++) {
    const uses = await store.uses(index, last, LOOKED_AT);
    for (const { model } of uses) if (await models.mayRead(model)) return true;
    last = uses.at(-1);
    if (uses.length < LOOKED_AT) return false;
  }
  return false;
};
