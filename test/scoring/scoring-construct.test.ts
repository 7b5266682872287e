import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ModelOpsState } from '../../lib/model-ops-state';
import { OnnxRuntimeLayer } from '../../lib/scoring/onnx-runtime-layer';
import { Scoring } from '../../lib/scoring/scoring';
import { testApp } from '../lib/test-app';

const synth = (config: object = {}) => {
  const app = testApp();
  const stack = new Stack(app, 'Test');
  const state = new ModelOpsState(stack, 'State', { config });
  const layer = new OnnxRuntimeLayer(stack, 'OnnxRuntime', { config: state.config });
  const scoring = new Scoring(stack, 'Scoring', { state, layer });
  const assembly = app.synth();
  return { scoring, template: Template.fromStack(stack), assembly };
};

test('the function carries the runtime as a layer, its deadlines, and its challengers’ script beside it', () => {
  const { template, assembly } = synth({ scoring: { memoryMb: 3538, shadowDeadlineMs: 40 } });
  template.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: 3538,
    Layers: [Match.anyValue()],
    Environment: {
      Variables: Match.objectLike({ MEMORY_MB: '3538', SHADOW_DEADLINE_MS: '40', CANARY_DEADLINE_MS: '2000' }),
    },
  });
  const bundles = readdirSync(assembly.directory).map((name) => join(assembly.directory, name));
  const bundle = bundles.find((folder) => existsSync(join(folder, 'score-shadow.child.js')));
  expect(bundle && existsSync(join(bundle, 'index.js'))).toBe(true);
});

const actionsOf = (role: string, config: object = {}): string[] => {
  const found = Object.entries(synth(config).template.findResources('AWS::IAM::Policy'));
  const [, policy] = found.find(([name]) => name.includes(role)) ?? [];
  const statements: { Action: string | string[] }[] = policy?.Properties.PolicyDocument.Statement ?? [];
  return statements
    .flatMap(({ Action }) => Action)
    .filter((action) => !action.startsWith('xray:'))
    .sort();
};

test('places for inputs are opened by a function that may put there, and nothing else', () => {
  expect(actionsOf('OpenInput')).toEqual(['s3:PutObject']);
});

test.each([
  ['', {}, []],
  [
    ', and call tagged endpoints in a deployment with SageMaker',
    { sagemaker: { enabled: true } },
    ['sagemaker:InvokeEndpoint'],
  ],
])('the function may read what it needs, and write nothing%s', (_, config, more) => {
  expect(actionsOf('Infer', config)).toEqual([
    'dynamodb:GetItem',
    'dynamodb:Query',
    's3:GetObject',
    ...more,
    'secretsmanager:GetSecretValue',
  ]);
});

test('health answers without a token, nothing else does', () => {
  const { scoring } = synth();
  const open = scoring.routes.filter((route) => route.open).map((route) => route.path);
  expect(open).toEqual(['/v2/health/live', '/v2/health/ready']);
});

test.each([
  ['x86_64', 'x64'],
  ['arm64', 'arm64'],
])(
  'the layer for %s holds that platform’s CPU binaries alone, and is the same every time',
  (architecture, platform) => {
    const layers = [synth({ architecture }), synth({ architecture })].map(({ template, assembly }) => {
      const [layer] = Object.values(template.findResources('AWS::Lambda::LayerVersion'));
      return { key: layer?.Properties.Content.S3Key['Fn::Sub'] ?? layer?.Properties.Content.S3Key, assembly };
    });
    expect(layers[0]?.key).toBe(layers[1]?.key);
    const folder = layers[0]?.assembly.directory ?? '';
    const asset = readdirSync(folder).find((name) => existsSync(join(folder, name, 'nodejs')));
    const files = readdirSync(join(folder, asset ?? '', 'nodejs/node_modules'), { recursive: true, encoding: 'utf8' });
    const binaries = files.filter((file) => /\.(node|so[.\d]*|dylib|dll)$/.test(file)).sort();
    expect(binaries).toEqual([
      `onnxruntime-node/bin/napi-v6/linux/${platform}/libonnxruntime.so.1`,
      `onnxruntime-node/bin/napi-v6/linux/${platform}/onnxruntime_binding.node`,
    ]);
    expect(files).toContain('onnxruntime-common/dist/cjs/index.js');
    if (platform !== process.arch) return;
    const script = "console.log(typeof require('onnxruntime-node').InferenceSession.create)";
    const env = { NODE_PATH: join(folder, asset ?? '', 'nodejs/node_modules') };
    expect(execFileSync(process.execPath, ['-e', script], { cwd: tmpdir(), env, encoding: 'utf8' })).toBe('function\n');
    expect(files.some((file) => /\.(map|d\.ts)$/.test(file))).toBe(false);
  },
);
