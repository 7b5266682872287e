import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** What Lambda does with network interfaces on behalf of a function. */
const ATTACHMENT = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Isolated subnets whose only way out is a gateway endpoint to S3: presigned URLs work, everything else does not. */
export class SandboxNetwork extends Construct {
  /** Puts a function into the network. */
  readonly placement: Pick<lambda.FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const subnetType = ec2.SubnetType.PRIVATE_ISOLATED;
    const made = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'sandbox', subnetType, cidrMask: 24 }],
      gatewayEndpoints: { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
      // Nothing uses the default group, and restricting it takes a custom resource.
      restrictDefaultSecurityGroup: false,
    });
    // CDK's own class does not fit its interface under exactOptionalPropertyTypes.
    const vpc = made as ec2.IVpc;
    const securityGroup = new ec2.SecurityGroup(this, 'Outbound', {
      vpc,
      description: 'HTTPS to the S3 gateway endpoint; the subnets lead nowhere else',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.HTTPS, 'S3 by the gateway endpoint');
    this.placement = { vpc, vpcSubnets: { subnetType }, securityGroups: [securityGroup] };
  }

  /** Lets Lambda attach functions of this role to the network. */
  allowAttachment(role: iam.Role): void {
    // None of these can be limited to a network interface that does not exist yet.
    role.addToPolicy(new iam.PolicyStatement({ actions: ATTACHMENT, resources: ['*'] }));
  }

  /**
   * Denies the function's own code what Lambda needs for it.
   * Source: AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
   */
  denyCode(role: iam.Role, fn: lambda.IFunction): void {
    // A policy of its own: within the role's it would make a circle with the function.
    new iam.Policy(this, 'DenyCode', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({
          effect: iam.Effect.DENY,
          actions: ATTACHMENT,
          resources: ['*'],
          conditions: { ArnEquals: { 'lambda:SourceFunctionArn': fn.functionArn } },
        }),
      ],
    });
  }
}
