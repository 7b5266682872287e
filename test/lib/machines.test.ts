import { templates } from './app';

type Validate = (definition: unknown) => { isValid: boolean; errorsText: (separator?: string) => string };
const validate = jest.requireActual<Validate>('asl-validator');

/** A definition with the references that CloudFormation fills in replaced by ARNs. */
const definitionOf = (parts: { 'Fn::Join': [string, unknown[]] }): unknown => {
  const text = parts['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'aws')).join('');
  return JSON.parse(
    text.replaceAll('"Resource":"aws"', '"Resource":"arn:aws:lambda:us-east-1:000000000000:function:name"'),
  );
};

const machines = Object.values(templates().platform.findResources('AWS::StepFunctions::StateMachine')).map(
  ({ Properties }) => ({
    name: String(Properties.StateMachineName),
    definition: definitionOf(Properties.DefinitionString) as {
      States: Record<string, { Type: string; TimeoutSecondsPath?: string; Resource?: string; Catch?: unknown[] }>;
    },
  }),
);

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
