import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { roleSchema } from '../../lambdas/access/contract';
import type { ContenderConfig } from '../config';

export interface AccessProps {
  readonly config: ContenderConfig;
}

/** The people and applications that may call: a user pool with a group per role, and scopes for applications. */
export class Access extends Construct {
  readonly userPool: cognito.UserPool;
  /** The CLI's client: people sign in with it. */
  readonly peopleClient: cognito.UserPoolClient;
  /** A first application; add one client per application with `addApplication`. */
  readonly applicationClient: cognito.UserPoolClient;
  /** Where applications exchange their client credentials for a token. */
  readonly tokenUrl: string;
  private readonly applicationScopes: cognito.OAuthScope[];

  constructor(scope: Construct, id: string, props: AccessProps) {
    super(scope, id);
    const { config } = props;
    this.userPool = this.pool(config);
    const domain = this.userPool.addDomain('Domain', {
      // Unique within a region over all accounts.
      cognitoDomain: { domainPrefix: `${config.deployment}-${Aws.ACCOUNT_ID}` },
    });
    this.tokenUrl = `${domain.baseUrl()}/oauth2/token`;
    for (const role of roleSchema.options.filter((name) => name !== 'app')) {
      new cognito.CfnUserPoolGroup(this, `Group-${role}`, { userPoolId: this.userPool.userPoolId, groupName: role });
    }
    const predict = { scopeName: 'predict', scopeDescription: 'ask for predictions' };
    const outcomes = { scopeName: 'outcomes', scopeDescription: 'send outcomes back' };
    const server = this.userPool.addResourceServer('Api', {
      identifier: 'contender',
      scopes: [predict, outcomes].map((s) => new cognito.ResourceServerScope(s)),
    });
    this.applicationScopes = [predict, outcomes].map((s) =>
      cognito.OAuthScope.resourceServer(server, new cognito.ResourceServerScope(s)),
    );
    this.peopleClient = this.userPool.addClient('People', {
      authFlows: { userSrp: true, userPassword: true },
      accessTokenValidity: Duration.hours(8),
      preventUserExistenceErrors: true,
    });
    this.applicationClient = this.addApplication('Application');
  }

  /** A client that an application uses with the client-credentials grant, for predictions and outcomes. */
  addApplication(id: string): cognito.UserPoolClient {
    return this.userPool.addClient(id, {
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes: this.applicationScopes },
      accessTokenValidity: Duration.hours(1),
    });
  }

  private pool(config: ContenderConfig): cognito.UserPool {
    return new cognito.UserPool(this, 'People', {
      userPoolName: `${config.deployment}-people`,
      selfSignUpEnabled: false,
      signInAliases: { username: true, email: true },
      featurePlan: cognito.FeaturePlan.PLUS,
      standardThreatProtectionMode: cognito.StandardThreatProtectionMode.FULL_FUNCTION,
      mfa: cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 12,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
      },
      deletionProtection: config.deletionProtection,
      removalPolicy: config.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    });
  }
}
