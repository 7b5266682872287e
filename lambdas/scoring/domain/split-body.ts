import { InvalidInput } from '../../kernel/errors';
import { JSON_LENGTH_HEADER } from '../contract';
import type { Body } from './parse-json';

/** JSON of a request, and the bytes of binary tensors behind it. */
export interface BodyParts {
  readonly json: Body;
  readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);
/** `{}` is the shortest JSON of a request. */
export const MIN_JSON_LENGTH = 2;

/**
 * Cuts a body where its JSON ends.
 * @param jsonLength value of the header `Inference-Header-Content-Length`; absent: all of the body is JSON
 * @throws InvalidInput
 */
export const splitBody = (body: Body, jsonLength: string | undefined): BodyParts => {
  if (body.length === 0) throw new InvalidInput('the body is empty; send an inference request as JSON');
  if (jsonLength === undefined) return { json: body, bytes: NO_BYTES };
  const whole = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  const length = /^\d{1,15}$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (!(length >= MIN_JSON_LENGTH && length <= whole.length)) {
    throw new InvalidInput(
      `${JSON_LENGTH_HEADER} is ${jsonLength.slice(0, 40)}; it is the length of the JSON in bytes, at most the body's ${whole.length}`,
    );
  }
  return { json: whole.subarray(0, length), bytes: whole.subarray(length) };
};
