import { searchSchema } from '../../lambdas/mlflow/call';
import { runOrders } from '../../lambdas/mlflow/domain/sort-runs';

test('an order is a key and a direction, and no more', () => {
  expect(searchSchema.safeParse({ order_by: [`metrics.${'k'.repeat(250)} DESC`] }).success).toBe(true);
  expect(searchSchema.safeParse({ order_by: ['a'.repeat(601)] }).success).toBe(false);
  expect(searchSchema.safeParse({ order_by: Array(21).fill('start_time') }).success).toBe(false);
});

test.each([
  ['metrics.rmse', 'rmse', 1],
  ['metrics.rmse  desc ', 'rmse', -1],
  ['metrics.`a desc b` ASC', 'a desc b', 1],
])('%s is read as it was meant', (text, key, direction) => {
  expect(runOrders([text])[0]).toMatchObject({ kind: 'metric', key, direction });
});
