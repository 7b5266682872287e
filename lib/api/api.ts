import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { PERSON_SCOPE, SCOPES } from '../../lambdas/access/contract';
import type { Api as DeclaredApi, Operation } from '../../lambdas/kernel/contract';
import type { Access } from '../access/access';
import type { ContenderConfig } from '../config';

/** One route that a capability wants mounted. */
export interface ApiRoute {
  /** `ANY` for a protocol that tells its own calls apart. */
  readonly method: Operation['method'] | 'ANY';
  readonly path: string;
  readonly function: IFunction;
  /** Answers without a token; for health and the API's own description alone. @default false */
  readonly open?: boolean;
}

export interface ApiProps {
  readonly config: ContenderConfig;
  readonly access: Access;
  readonly routes: readonly ApiRoute[];
}

/** The routes of a room's declared operations, all answered by one function. */
export const routesOf = (api: DeclaredApi, fn: IFunction): readonly ApiRoute[] =>
  Object.values(api).map(({ method, path, open = false }) => ({ method, path, open, function: fn }));

/** Every scope with which a caller may pass the gateway; what it may do, and on which model, the functions decide. */
const ADMITTED_SCOPES = [PERSON_SCOPE, SCOPES.predict, SCOPES.outcomes];

/** The HTTP API: it authenticates by JWT, throttles, logs, and hands each route to its capability's function. */
export class Api extends Construct {
  readonly api: apigateway.HttpApi;
  private readonly integrations = new Map<IFunction, HttpLambdaIntegration>();

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { config, access } = props;
    this.api = new apigateway.HttpApi(this, 'Http', { apiName: `${config.deployment}-api`, createDefaultStage: false });
    this.addStage(config);
    const issuer = `https://cognito-idp.${Stack.of(this).region}.amazonaws.com/${access.userPool.userPoolId}`;
    const authorizer = new HttpJwtAuthorizer('Jwt', issuer, {
      jwtAudience: [access.peopleClient.userPoolClientId, access.applicationClient.userPoolClientId],
    });
    for (const route of props.routes) {
      this.api.addRoutes({
        path: route.path,
        methods: [apigateway.HttpMethod[route.method]],
        integration: this.integration(route.function),
        ...(route.open ? {} : { authorizer, authorizationScopes: ADMITTED_SCOPES }),
      });
    }
  }

  private addStage(config: ContenderConfig): void {
    const accessLogs = new logs.LogGroup(this, 'AccessLogs', {
      retention: config.logRetentionDays,
      removalPolicy: config.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
    const stage = new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
    });
    (stage.node.defaultChild as apigateway.CfnStage).accessLogSettings = {
      destinationArn: accessLogs.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        route: '$context.routeKey',
        status: '$context.status',
        caller: '$context.authorizer.claims.sub',
        latencyMs: '$context.responseLatency',
        bytes: '$context.responseLength',
        error: '$context.error.message',
      }),
    };
  }

  /** One integration a function, whatever its number of routes: each would add a permission of its own. */
  private integration(fn: IFunction): HttpLambdaIntegration {
    const known = this.integrations.get(fn);
    if (known) return known;
    const made = new HttpLambdaIntegration(fn.node.id, fn, { scopePermissionToRoute: false });
    this.integrations.set(fn, made);
    return made;
  }
}
