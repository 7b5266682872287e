import type { Datatype } from '../../../registry/contract';
import { INTEGER_RANGES, LARGEST, LONG_RANGES } from '../tensor';
import type { Schema } from './json-schema';

const whole = ({ min, max }: { min: number | bigint; max: number | bigint }): Schema => ({
  type: 'integer',
  minimum: min,
  maximum: max,
});
/** JSON has no NaN: null stands for it. */
const float = (largest: number): Schema => ({ type: ['number', 'null'], minimum: -largest, maximum: largest });

const GIVEN: Readonly<Record<Datatype, Schema>> = {
  BOOL: { enum: [true, false, 0, 1] },
  UINT8: whole(INTEGER_RANGES.UINT8),
  UINT16: whole(INTEGER_RANGES.UINT16),
  UINT32: whole(INTEGER_RANGES.UINT32),
  UINT64: { ...whole(LONG_RANGES.UINT64), format: 'uint64' },
  INT8: whole(INTEGER_RANGES.INT8),
  INT16: whole(INTEGER_RANGES.INT16),
  INT32: { ...whole(INTEGER_RANGES.INT32), format: 'int32' },
  INT64: { ...whole(LONG_RANGES.INT64), format: 'int64' },
  FP16: float(LARGEST.FP16),
  FP32: { ...float(LARGEST.FP32), format: 'float' },
  FP64: { ...float(LARGEST.FP64), format: 'double' },
  BYTES: { type: 'string' },
};

/** An element of a tensor as a request may give it. */
export const givenElement = (datatype: Datatype): Schema => GIVEN[datatype];

/** An element as answers have it; null stands for NaN and infinity. */
export const answeredElement = (datatype: Datatype): Schema =>
  datatype === 'BOOL' ? { type: 'boolean' } : GIVEN[datatype];
