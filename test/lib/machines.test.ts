import type { ContenderConfigInput } from '../../lib/config';
import { templates } from './app';

type Validate = (definition: unknown) => { isValid: boolean; errorsText: (separator?: string) => string };
const validate = jest.requireActual<Validate>('asl-validator');

interface Retrier {
  ErrorEquals: string[];
  MaxAttempts?: number;
}

/** A definition with the references that CloudFormation fills in replaced by ARNs. */
const definitionOf = (parts: { 'Fn::Join': [string, unknown[]] }): unknown => {
  const text = parts['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'aws')).join('');
  return JSON.parse(
    text.replaceAll('"Resource":"aws"', '"Resource":"arn:aws:lambda:us-east-1:000000000000:function:name"'),
  );
};

interface State {
  readonly Type: string;
  readonly TimeoutSecondsPath?: string;
  readonly Resource?: string;
  readonly Catch?: ReadonlyArray<{ readonly Next: string }>;
  readonly Next?: string;
  readonly Retry?: readonly Retrier[];
}
interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const machinesOf = (what: string, config: ContenderConfigInput = {}) =>
  Object.values(templates(config).platform.findResources('AWS::StepFunctions::StateMachine')).map(({ Properties }) => ({
    name: `${Properties.StateMachineName}${what}`,
    definition: definitionOf(Properties.DefinitionString) as Definition,
  }));

const plain = machinesOf('');
const hosting = machinesOf(' with SageMaker', { sagemaker: { enabled: true } });
const machines = [...plain, ...hosting];

test.each(machines)('$name is valid Amazon States Language', ({ definition }) => {
  const result = validate(definition);
  expect(result.isValid ? '' : result.errorsText()).toBe('');
});

test.each(machines)('$name never waits for a token without a timeout and a way out', ({ definition }) => {
  const waiting = Object.values(definition.States).filter((state) => state.Resource?.endsWith('.waitForTaskToken'));
  expect(waiting.length).toBeGreaterThan(0);
  for (const state of waiting) {
    expect(state.TimeoutSecondsPath).toBeDefined();
    expect(state.Catch).toBeDefined();
  }
});

test('a rollout knows of endpoints only in a deployment with SageMaker', () => {
  const states = (of: typeof plain) =>
    Object.keys(of.find(({ name }) => name.includes('rollout'))?.definition.States ?? {});
  const added = states(hosting).filter((name) => !states(plain).includes(name));
  expect(added.sort()).toEqual(['Abort', 'Host challenger', 'In service?', 'Release endpoint', 'Wait for endpoint']);
});

const approvalOf = (of: typeof plain): Definition =>
  of.find(({ name }) => name.includes('approval'))?.definition ?? { StartAt: '', States: {} };

test('with SageMaker a candidate is hosted for as long as it is evaluated, and released before people are asked', () => {
  expect(approvalOf(plain).StartAt).toBe('Evaluate');
  const { StartAt, States } = approvalOf(hosting);
  expect(StartAt).toBe('Host candidate');
  expect(States['Host candidate']).toMatchObject({
    Next: 'Candidate in service?',
    Parameters: { action: 'host-candidate', 'since.$': '$$.Execution.StartTime' },
  });
  expect(States['Candidate in service?']).toMatchObject({
    Choices: [{ StringEquals: 'starting', Next: 'Wait for endpoint' }],
    Default: 'Evaluate',
  });
  expect(States['Wait for endpoint']).toMatchObject({ Next: 'Host candidate' });
  expect(States.Evaluate).toMatchObject({ Parameters: { 'hosting.$': '$.hosting' }, Next: 'Release candidate' });
  expect(States['Release candidate']).toMatchObject({ Next: 'Evaluated?', Catch: [{ Next: 'Evaluated?' }] });
});

test('with SageMaker a rollout hosts its challenger before its first step, and releases what is left however it ends', () => {
  const definition: Definition = hosting.find(({ name }) => name.includes('rollout'))?.definition ?? {
    StartAt: '',
    States: {},
  };
  expect(definition.StartAt).toBe('Host challenger');
  const into = (target: string) =>
    Object.entries(definition.States)
      .filter(([, state]) => state.Next === target || state.Catch?.some(({ Next }) => Next === target))
      .map(([name]) => name)
      .sort();
  expect(into('Over')).toEqual(['Release endpoint']);
  expect(into('Release endpoint')).toEqual(['Abort', 'Promote', 'Withdraw']);
  expect(definition.States['In service?']).toMatchObject({
    Default: 'Begin',
    Choices: [{ Next: 'Wait for endpoint' }, { Next: 'Abort' }, { Next: 'Release endpoint' }],
  });
});

/** Errors that a retrier takes; States.TaskFailed stands for all but States.Timeout. */
const takes = (retrier: Retrier, error: string): boolean =>
  retrier.ErrorEquals.some(
    (name) => name === error || name === 'States.ALL' || (name === 'States.TaskFailed' && error !== 'States.Timeout'),
  );

test.each(machines)(
  '$name outlasts passing faults in every task, and never waits twice for an answer',
  ({ definition }) => {
    const calls = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
    expect(calls.length).toBeGreaterThan(0);
    for (const [name, { Retry = [], Resource }] of calls) {
      for (const error of ['Lambda.TooManyRequestsException', 'UpstreamFailed'])
        expect([name, Retry.find((retrier) => takes(retrier, error))?.MaxAttempts]).toEqual([name, 4]);
      if (Resource?.endsWith('.waitForTaskToken'))
        expect([name, Retry.filter((retrier) => takes(retrier, 'States.Timeout'))]).toEqual([name, []]);
    }
  },
);
