/**
 * Four projects: `unit` runs in seconds; `slow` starts processes and synthesises the app; `integ` runs against the deployed
 * embedded AWS; `clients` runs real servers and clients in Python.
 */
// The SDK would warn, in every test file, that it will want a newer Node one day.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const shared = {
  rootDir: __dirname,
  transform: {
    '^.+\\.(t|j)sx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(ulid|commander|cdk-nag|hyparquet|hyparquet-compressors|hyparquet-writer|hysnappy|fzstd|@seriousme/openapi-schema-validator)/)',
  ],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/dist', '<rootDir>/.local'],
  testEnvironment: '<rootDir>/test/host-environment.js',
};

/** Tests that start processes of their own, synthesise the app, or simulate. */
const SLOW = [
  '/test/lib/.*\\.test\\.ts$',
  '/test/.*-construct\\.test\\.ts$',
  '/test/scoring/challenger-process\\.test\\.ts$',
  '/test/serve/serve-command\\.test\\.ts$',
  '/test/evaluation/metrics/clustered-coverage\\.test\\.ts$',
  '/test/evaluation/(run-candidate|clustered-evidence|golden-data|forked-model|unfit-candidates|report-oracle|hosted-candidate)\\.test\\.ts$',
];

module.exports = {
  // Integration tests wait for the platform; unit tests take milliseconds, and never need it.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/integ/', '<rootDir>/test/clients/', '/node_modules/', ...SLOW],
    },
    { ...shared, displayName: 'slow', testRegex: SLOW },
    {
      ...shared,
      displayName: 'integ',
      testMatch: ['<rootDir>/test/integ/**/*.test.ts'],
      globalSetup: '<rootDir>/test/integ/global-setup.ts',
      globalTeardown: '<rootDir>/test/integ/global-teardown.ts',
    },
    {
      ...shared,
      displayName: 'clients',
      testMatch: ['<rootDir>/test/clients/**/*.test.ts'],
      globalSetup: '<rootDir>/test/clients/global-setup.ts',
      globalTeardown: '<rootDir>/test/integ/global-teardown.ts',
    },
  ],
};
