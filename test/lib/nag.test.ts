import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { ContenderConfigInput } from '../../lib/config';
import { contenderApp } from './app';
import { ACKNOWLEDGEMENTS } from './nag-acknowledgements';

interface Report {
  readonly pluginReports: ReadonlyArray<{
    readonly violations: ReadonlyArray<{
      readonly ruleName: string;
      readonly violatingConstructs: ReadonlyArray<{ readonly constructPath: string }>;
    }>;
  }>;
}

/** Every finding of the AWS Solutions rules. The synth that makes the report fails as long as there are any. */
const findings = (config: ContenderConfigInput): Array<{ rule: string; path: string }> => {
  const { app } = contenderApp(config);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(() => app.synth()).toThrow(/AwsSolutions/);
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
  return report.pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, path: constructPath })),
    ),
  );
};

/** With SageMaker everything is there that is there without. */
const found = findings({ sagemaker: { enabled: true } });

test('the app passes the AWS Solutions rules but for what is acknowledged with a reason', () => {
  const unaccepted = found.filter(
    ({ rule, path }) => !ACKNOWLEDGEMENTS.some((known) => known.rule.test(rule) && known.path.test(path)),
  );
  expect(unaccepted).toEqual([]);
});

test('nothing is acknowledged that is not found', () => {
  const stale = ACKNOWLEDGEMENTS.filter(
    (known) => !found.some(({ rule, path }) => known.rule.test(rule) && known.path.test(path)),
  );
  expect(stale).toEqual([]);
});
