import * as z from 'zod';
import { manifestSchema } from '../schemas/manifest';

/**
 * The JSON Schema of `contender.yaml`, for editors and validators. Whatever fails it is rejected; what passes may still be: that
 * keys fit each other, and the graph, is checked when the model arrives.
 */
export const manifestDocument = (): object => {
  const { $schema, ...manifest } = z.toJSONSchema(manifestSchema, { io: 'input' });
  return {
    $schema,
    title: 'contender.yaml',
    description: 'What a data scientist declares about a model. Every key is optional.',
    ...manifest,
  };
};
