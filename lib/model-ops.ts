import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { Access } from './access/access';
import { Api } from './api/api';
import type { ContenderConfigInput } from './config';
import { ModelOpsState } from './model-ops-state';
import { Registry } from './registry/registry';
import { Upload } from './upload/upload';

export interface ModelOpsProps {
  /** Where models and records are kept. @default a state of its own */
  readonly state?: ModelOpsState;
  /** Used when no state is given; a given state brings its own. */
  readonly config?: ContenderConfigInput;
}

/** The whole Model Ops cycle: upload, registry, evaluation, approval, rollout, scoring, monitoring, refresh. */
export class ModelOps extends Construct {
  readonly state: ModelOpsState;
  /** Domain events of every model; source `contender`. */
  readonly eventBus: events.EventBus;
  readonly access: Access;
  readonly api: Api;
  readonly upload: Upload;
  readonly registry: Registry;

  constructor(scope: Construct, id: string, props: ModelOpsProps = {}) {
    super(scope, id);
    this.state =
      props.state ?? new ModelOpsState(this, 'State', props.config === undefined ? {} : { config: props.config });
    const { config } = this.state;
    this.eventBus = new events.EventBus(this, 'Events', { eventBusName: `${config.deployment}-events` });
    this.access = new Access(this, 'Access', { config });
    const { state, eventBus } = this;
    this.upload = new Upload(this, 'Upload', { state });
    this.registry = new Registry(this, 'Registry', { state, eventBus });
    const capabilities = [this.upload, this.registry];
    this.api = new Api(this, 'Api', {
      config,
      access: this.access,
      routes: capabilities.flatMap((capability) => capability.routes),
    });
  }

  /** What users and tools of the deployment need to find it. */
  get outputs(): Readonly<Record<string, string>> {
    const { state, access, api } = this;
    return {
      Deployment: state.config.deployment,
      Region: Stack.of(this).region,
      ApiUrl: api.api.apiEndpoint,
      ApiId: api.api.apiId,
      ModelBucket: state.uploads.bucketName,
      ArtifactBucket: state.artifacts.bucketName,
      RegistryTable: state.registryTable.tableName,
      AuditTable: state.auditTable.tableName,
      EvidenceTable: state.evidenceTable.tableName,
      UserPoolId: access.userPool.userPoolId,
      PeopleClientId: access.peopleClient.userPoolClientId,
      AppClientId: access.applicationClient.userPoolClientId,
      TokenUrl: access.tokenUrl,
      EventBusName: this.eventBus.eventBusName,
    };
  }
}
