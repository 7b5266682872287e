import { apiDocument } from '../../lambdas/api/domain/api-document';
import { templates } from './app';

const { platform } = templates();
const routes = Object.values(platform.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);
const { paths } = apiDocument('1');
const described = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    key: `${method.toUpperCase()} ${path}`,
    isOpen: 'security' in operation,
  })),
);

test('every route of the deployed API is in its OpenAPI document, and the other way round', () => {
  // MLflow's protocol is MLflow's to describe: it is mounted whole.
  const own = routes.filter(({ RouteKey }) => !String(RouteKey).startsWith('ANY /api/2.0/mlflow'));
  expect(routes).toHaveLength(own.length + 2);
  expect(described.map(({ key }) => key).sort()).toEqual(own.map(({ RouteKey }) => RouteKey).sort());
});

test('what the document calls open needs no token, and nothing else', () => {
  const open = described.filter(({ isOpen }) => isOpen).map(({ key }) => key);
  const unguarded = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'JWT');
  expect(open.sort()).toEqual(unguarded.map(({ RouteKey }) => RouteKey).sort());
});

test('the function that describes the API may log and trace, and nothing else', () => {
  const policies = Object.entries(platform.findResources('AWS::IAM::Policy')).filter(([id]) =>
    id.includes('ApiDescription'),
  );
  const actions = policies.flatMap(([, { Properties }]) =>
    Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  expect(actions.filter((action) => !String(action).startsWith('xray:'))).toEqual([]);
});
