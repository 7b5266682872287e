import { Construct } from 'constructs';
import { describeApiEnvSchema } from '../../lambdas/api/contract';
import { DESCRIPTION_API } from '../../lambdas/api/schemas/api';
import type { ContenderConfig } from '../config';
import { ContenderFunction } from '../contender-function';
import { type ApiRoute, routesOf } from './api';

export interface ApiDescriptionProps {
  readonly config: ContenderConfig;
}

/** The OpenAPI document of the whole API, told to everybody by a function that may do nothing else. */
export class ApiDescription extends Construct {
  readonly function: ContenderFunction<typeof describeApiEnvSchema>;

  constructor(scope: Construct, id: string, { config }: ApiDescriptionProps) {
    super(scope, id);
    this.function = new ContenderFunction(this, 'Describe', {
      config,
      entry: 'api/describe-api',
      description: 'Describes the API: its OpenAPI document',
      envSchema: describeApiEnvSchema,
      env: {},
    });
  }

  get routes(): readonly ApiRoute[] {
    return routesOf(DESCRIPTION_API, this.function);
  }
}
