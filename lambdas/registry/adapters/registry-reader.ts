import { type Grant, grantSchema } from '../../access/contract';
import type { ModelAccess } from '../../access/domain/authorize';
import { NotFound } from '../../kernel/errors';
import { type Climb, climbSchema } from '../domain/describe-version';
import { rolloutIdOf } from '../rollout-id';
import { type Model, modelSchema } from '../schemas/model';
import { type ModelVersion, modelVersionSchema } from '../schemas/model-version';
import { type Policy, policySchema, storedPolicySchema } from '../schemas/policy';
import { type Route, routeSchema } from '../schemas/route';
import { modelKey, SK } from './keys';
import type { RegistryTable } from './registry-table';

/** The registry's entities by their names; what every room may read. */
export class RegistryReader {
  constructor(
    private readonly table: RegistryTable,
    /** In force for a model without a policy of its own. */
    private readonly defaultPolicy: Policy = policySchema.parse({}),
  ) {}

  findModel(model: string): Promise<Model | undefined> {
    return this.table.get({ pk: modelKey(model), sk: SK.meta }, modelSchema);
  }

  /** @throws NotFound */
  async model(model: string): Promise<Model> {
    const found = await this.findModel(model);
    if (!found) throw new NotFound(`there is no model ${model}`);
    return found;
  }

  findVersion(model: string, version: number): Promise<ModelVersion | undefined> {
    return this.table.get({ pk: modelKey(model), sk: SK.version(version) }, modelVersionSchema);
  }

  /** @throws NotFound */
  async version(model: string, version: number): Promise<ModelVersion> {
    const found = await this.findVersion(model, version);
    if (!found) throw new NotFound(`model ${model} has no version ${version}`);
    return found;
  }

  /** The rollout that a version was taken through, if it came to one. */
  async climb(version: ModelVersion): Promise<Climb | undefined> {
    if (!('approvalId' in version)) return undefined;
    return this.table.get({ pk: modelKey(version.model), sk: SK.rollout(rolloutIdOf(version)) }, climbSchema);
  }

  /** Undefined until the first version is put into service. */
  route(model: string): Promise<Route | undefined> {
    return this.table.get({ pk: modelKey(model), sk: SK.route }, routeSchema);
  }

  /** The policy in force and its number; 0 is the default. What it demands of one version is told by `policyFor`. */
  async policy(model: string): Promise<{ number: number; policy: Policy }> {
    const number = (await this.findModel(model))?.policyNumber ?? 0;
    if (number === 0) return { number, policy: this.defaultPolicy };
    const stored = await this.table.get({ pk: modelKey(model), sk: SK.policy(number) }, storedPolicySchema);
    if (!stored) throw new NotFound(`model ${model} has no policy ${number}`);
    return { number, policy: stored };
  }

  /** Every grant on record, whether the model's mode gives it force or not. */
  grants(model: string): Promise<Grant[]> {
    return this.table.all(modelKey(model), SK.grants, grantSchema.loose());
  }

  /** What decides who may act on a model. @throws NotFound */
  async access(model: string): Promise<ModelAccess> {
    const { model: name, access: mode } = await this.model(model);
    return { model: name, mode, grants: mode === 'open' ? [] : await this.grants(model) };
  }
}
