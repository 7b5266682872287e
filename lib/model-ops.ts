import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Access } from './access/access';
import { Api } from './api/api';
import { ApiDescription } from './api/api-description';
import { Approval } from './approval/approval';
import type { ContenderConfigInput } from './config';
import { Evaluation } from './evaluation/evaluation';
import { Exports } from './exports/exports';
import { Mlflow } from './mlflow/mlflow';
import { ModelOpsState } from './model-ops-state';
import { alarmTopic } from './monitoring/alarm-topic';
import { Monitoring } from './monitoring/monitoring';
import { PlatformAlarms, scoringErrorsAlarmName } from './monitoring/platform-alarms';
import { Refresh } from './refresh/refresh';
import { AuditVault } from './registry/audit-vault';
import { Registry } from './registry/registry';
import { Rollout } from './rollout/rollout';
import { OnnxRuntimeLayer } from './scoring/onnx-runtime-layer';
import { Scoring } from './scoring/scoring';
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
  /** Every alarm, of the platform and of champions. */
  readonly alarmTopic: sns.Topic;
  readonly access: Access;
  readonly upload: Upload;
  readonly registry: Registry;
  readonly auditVault: AuditVault;
  readonly mlflow: Mlflow;
  readonly evaluation: Evaluation;
  readonly rollout: Rollout;
  readonly approval: Approval;
  readonly exports: Exports;
  readonly scoring: Scoring;
  readonly monitoring: Monitoring;
  readonly refresh: Refresh;
  readonly apiDescription: ApiDescription;
  readonly api: Api;

  constructor(scope: Construct, id: string, props: ModelOpsProps = {}) {
    super(scope, id);
    this.state =
      props.state ?? new ModelOpsState(this, 'State', props.config === undefined ? {} : { config: props.config });
    const { state } = this;
    const { config } = state;
    this.eventBus = new events.EventBus(this, 'Events', { eventBusName: `${config.deployment}-events` });
    this.alarmTopic = alarmTopic(this, config);
    const { eventBus } = this;
    this.access = new Access(this, 'Access', { config });
    const layer = new OnnxRuntimeLayer(this, 'OnnxRuntime', { config });
    this.upload = new Upload(this, 'Upload', { state });
    this.registry = new Registry(this, 'Registry', { state, eventBus, alarmTopic: this.alarmTopic });
    this.auditVault = new AuditVault(this, 'AuditVault', { state });
    this.mlflow = new Mlflow(this, 'Mlflow', { state, register: this.upload.register });
    this.evaluation = new Evaluation(this, 'Evaluation', { state, layer });
    this.rollout = new Rollout(this, 'Rollout', {
      state,
      alarmTopic: this.alarmTopic,
      rollbackAlarms: [scoringErrorsAlarmName(config)],
    });
    this.approval = new Approval(this, 'Approval', {
      state,
      eventBus,
      evaluate: this.evaluation.evaluate,
      host: this.rollout.hosting?.function,
      startRollout: this.rollout.start,
    });
    this.exports = new Exports(this, 'Exports', { state });
    this.scoring = new Scoring(this, 'Scoring', { state, layer });
    this.monitoring = new Monitoring(this, 'Monitoring', { state, eventBus, alarmTopic: this.alarmTopic });
    this.refresh = new Refresh(this, 'Refresh', { state, alarmTopic: this.alarmTopic });
    this.apiDescription = new ApiDescription(this, 'ApiDescription', { config });
    const { upload, registry, auditVault, mlflow, approval, rollout, exports, scoring, monitoring } = this;
    const withRoutes = [
      ...[upload, registry, auditVault, mlflow, approval, rollout, exports, scoring, monitoring],
      this.apiDescription,
    ];
    this.api = new Api(this, 'Api', {
      config,
      access: this.access,
      routes: withRoutes.flatMap(({ routes }) => routes),
    });
    this.watchPlatform();
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
      AuditVault: state.auditVault.bucketName,
      RegistryTable: state.registryTable.tableName,
      AuditTable: state.auditTable.tableName,
      EvidenceTable: state.evidenceTable.tableName,
      UserPoolId: access.userPool.userPoolId,
      PeopleClientId: access.peopleClient.userPoolClientId,
      AppClientId: access.applicationClient.userPoolClientId,
      TokenUrl: access.tokenUrl,
      EventBusName: this.eventBus.eventBusName,
      AlarmTopicArn: this.alarmTopic.topicArn,
      UploaderPolicyArn: this.upload.uploaderPolicy.managedPolicyArn,
      ApprovalMachineArn: this.approval.machine.stateMachineArn,
      RolloutMachineArn: this.rollout.machine.stateMachineArn,
    };
  }

  private watchPlatform(): void {
    const { upload, registry, auditVault, mlflow, evaluation, approval, rollout, monitoring, refresh, apiDescription } =
      this;
    const functions = {
      upload: [upload.register, upload.expire, upload.api],
      registry: [registry.api, registry.lineage, registry.publish, registry.flag],
      vault: [auditVault.copy, auditVault.api],
      exports: [this.exports.api],
      mlflow: [mlflow.api],
      evaluation: evaluation.functions,
      approval: approval.functions,
      rollout: rollout.functions,
      monitoring: monitoring.functions,
      refresh: [refresh.request],
      api: [apiDescription.function],
    };
    new PlatformAlarms(this, 'PlatformAlarms', {
      config: this.state.config,
      topic: this.alarmTopic,
      functions,
      scoring: this.scoring.function,
      deadLetterQueues: [upload, registry, auditVault, approval, rollout, monitoring, refresh].flatMap(
        ({ deadLetterQueues }) => deadLetterQueues,
      ),
      stateMachines: [approval.machine, rollout.machine],
    });
  }
}
