import * as z from 'zod';

/** DynamoDB keeps numbers between 1E-130 and 9.9…E+125 in size, and refuses a record with any other; sums need some room. */
const SMALLEST = 1e-100;
const LARGEST = 1e100;

/** A number that is put on record. */
export const storedNumber = () =>
  z
    .number()
    .refine(
      (value) => value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) <= LARGEST),
      `expected 0 or a number from ${SMALLEST} to ${LARGEST} in size`,
    );
