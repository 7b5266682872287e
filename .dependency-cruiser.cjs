/** The boundaries of the house, each with its reason. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle means that two modules are one; find the concept both need and give it a file.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-is-pure',
      comment:
        'Domain code is calculation: it must run anywhere, without I/O, so that it can be tested in milliseconds and trusted.',
      severity: 'error',
      from: { path: '^lambdas/[^/]+/domain/' },
      to: {
        pathNot: [
          '^lambdas/[^/]+/(domain/|schemas/|contract\\.ts$)',
          '^lambdas/kernel/(errors|assert-never|duration|canonical-json)\\.ts$',
          '^lambdas/evaluation/model-protocol\\.ts$',
          // Parsers, arithmetic and cryptography: text or numbers in, values out.
          '^node_modules/(zod|ulid|protobufjs|long|yaml|lossless-json|csv-parse|jstat|@sigstore/(core|bundle|verify|protobuf-specs))/',
          '^(node:)?(crypto|buffer|path)$',
        ],
      },
    },
    {
      name: 'contracts-carry-no-machinery',
      comment:
        'A contract is read by constructs, handlers, CLI and console alike: neither an SDK nor CDK may ride along.',
      severity: 'error',
      from: { path: '^lambdas/[^/]+/(contract\\.ts$|schemas/)' },
      to: { path: '^(node_modules/(@aws-sdk|aws-cdk-lib)|lambdas/[^/]+/adapters/)' },
    },
    {
      name: 'sdk-in-adapters-only',
      comment:
        'AWS clients live in adapters and are wired in *.lambda.ts; everything else works with ports, so that it can be tested and moved.',
      severity: 'error',
      from: { path: '^lambdas/', pathNot: ['/adapters/', '\\.lambda\\.ts$'] },
      to: { path: '^node_modules/@aws-sdk/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'cdk-at-deploy-time-only',
      comment: 'Run-time code must not load CDK: it costs megabytes and start-up time.',
      severity: 'error',
      from: { pathNot: ['^lib/', '^bin/', '^test/'] },
      to: { path: '^node_modules/(aws-cdk-lib|constructs)/' },
    },
    {
      name: 'constructs-see-contracts-only',
      comment: 'A construct wires a handler by its contract; reaching into its code would run it at deploy time.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lambdas/', pathNot: ['^lambdas/[^/]+/(contract\\.ts$|schemas/)'] },
    },
    {
      name: 'run-time-does-not-know-the-deployment',
      comment: 'Handlers know their environment variables, not the constructs, the CLI or the local platform.',
      severity: 'error',
      from: { path: '^lambdas/' },
      to: { path: '^(lib|bin|cli|serve|local|bench|test)/' },
    },
    {
      name: 'cli-speaks-http',
      comment: 'The CLI uses contracts and pure domain code; what it wants done, it asks the API for.',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^(lib|local|lambdas/[^/]+/adapters)/' },
    },
    {
      name: 'serve-knows-no-aws',
      comment:
        'The server runs on a laptop, in a container or at the edge: it takes scoring as a library, without an account.',
      severity: 'error',
      from: { path: '^serve/' },
      to: { path: '^(lib|local|bench|node_modules/@aws-sdk)/' },
    },
    {
      name: 'product-does-not-know-local',
      comment: 'local/ alone knows that there is an embedded AWS.',
      severity: 'error',
      from: { path: '^(lib|bin|lambdas|cli|serve)/' },
      to: { path: '^(local|test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
