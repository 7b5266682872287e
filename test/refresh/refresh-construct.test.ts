import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ModelOpsState } from '../../lib/model-ops-state';
import { alarmTopic } from '../../lib/monitoring/alarm-topic';
import { Refresh } from '../../lib/refresh/refresh';
import { testApp } from '../lib/test-app';

const stack = new Stack(testApp(), 'Test');
const state = new ModelOpsState(stack, 'State');
const refresh = new Refresh(stack, 'Refresh', { state, alarmTopic: alarmTopic(stack, state.config) });
const template = Template.fromStack(stack);

test('the function hears every alarm, and what it cannot take waits as a dead letter', () => {
  template.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'lambda',
    RedrivePolicy: { deadLetterTargetArn: Match.anyValue() },
  });
  expect(refresh.deadLetterQueues).toHaveLength(1);
});

test('the function may put a request on record, and reads evidence without changing it', () => {
  const statements: { Action: string | string[]; Resource: unknown }[] = Object.values(
    template.findResources('AWS::IAM::Policy'),
  ).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const onEvidence = statements.filter(({ Resource }) => JSON.stringify(Resource).includes('StateEvidence'));
  expect(onEvidence.flatMap(({ Action }) => Action)).toEqual(['dynamodb:GetItem']);
  expect(statements.flatMap(({ Action }) => Action).filter((action) => !/^(dynamodb|xray|kms):/.test(action))).toEqual(
    [],
  );
});
