import { createServer } from 'node:net';
import { reasonIn } from '../../local/failure-reason';
import { flattenOutputs, localOutputs } from '../../local/outputs';
import { isPortBusy, parsePort } from '../../local/ports';
import { onScreen } from '../../local/progress';
import { parsePythonVersion, whyNoPython, willDo } from '../../local/python';

test.each([
  ['Python 3.11.7\n', [3, 11], true],
  ['Python 3.9.2', [3, 9], false],
  ['Python 2.7.18', [2, 7], false],
  ['Python 3.14.0rc1', [3, 14], true],
] as Array<[string, [number, number], boolean]>)('%j is Python %s', (printed, version, recent) => {
  expect(parsePythonVersion(printed)).toEqual(version);
  expect(willDo(version)).toBe(recent);
});

test('what is missing of Python is said in one sentence', () => {
  expect(whyNoPython([])).toMatch(/no Python was found; install Python 3\.10 or later/);
  expect(whyNoPython([{ command: 'python3', version: [3, 8], hasVenv: false }])).toMatch(/python3 is 3\.8/);
  expect(whyNoPython([{ command: 'python3', version: [3, 12], hasVenv: false }])).toMatch(
    /apt-get install python3-venv/,
  );
});

test('packages that a newer Python cannot take say which ones will do', () => {
  const need = { what: 'the peers', candidates: ['python3'], oldest: [3, 11], newest: [3, 12] } as const;
  expect(willDo([3, 12], need)).toBe(true);
  expect(willDo([3, 13], need)).toBe(false);
  expect(whyNoPython([{ command: 'python3', version: [3, 13], hasVenv: false }], need)).toMatch(
    /\(python3 is 3\.13\); install Python 3\.11 to 3\.12/,
  );
});

test('a port that something listens on is busy, and free again afterwards', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  expect(await isPortBusy(port)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortBusy(port)).toBe(false);
});

test.each(['80', '70000', 'many', '4566.5'])('%s is no port', (text) => {
  expect(() => parsePort(text, 'CONTENDER_PORT')).toThrow(/CONTENDER_PORT is .* from 1024 to 65535/);
});

test('outputs of the stacks become one record that speaks of this machine', () => {
  const flat = flattenOutputs({
    'contender-state': { ModelBucket: 'b' },
    'contender-platform': { ApiId: 'a1', ApiUrl: 'https://aws' },
  });
  expect(localOutputs(flat, 4600, 'us-east-1')).toMatchObject({
    modelBucket: 'b',
    endpointUrl: 'http://localhost:4600',
    apiUrl: 'http://localhost:4600/_aws/execute-api/a1/$default',
  });
});

test('the reason of a failed deployment is the resource that failed', () => {
  const printed =
    'stack | 3/9 | CREATE_IN_PROGRESS | AWS::S3::Bucket | B\nstack | 4/9 | 7:41 PM | CREATE_FAILED | AWS::CloudWatch::Alarm | Errors metric math is not supported\nmore';
  expect(reasonIn(printed)).toBe('AWS::CloudWatch::Alarm | Errors metric math is not supported');
});

test('a faulty config is told with all of its faults', () => {
  expect(
    reasonIn(
      "Error: Contender's config (x) is not as it should be:\n  deployment: lower-case\n  colour: unknown\n    at file.ts:1",
    ),
  ).toMatch(/deployment: lower-case colour: unknown/);
});

test('elsewhere than on a terminal a step is one line, whatever its end', async () => {
  const lines: string[] = [];
  const progress = onScreen({ write: (text: string) => lines.push(text) }, () => 0);
  await progress.step('deploy', async (detail) => detail('half-way'));
  await expect(progress.step('fail', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(lines.join('')).toMatch(/✓.* deploy .*0\.0 s.*\n.*✗.* fail/);
});
