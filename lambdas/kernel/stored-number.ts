import * as z from 'zod';

/** DynamoDB keeps numbers between 1E-130 and 9.9…E+125 in size, and refuses a record with any other; sums need some room. */
const SMALLEST = 1e-100;
const LARGEST = 1e100;

export const isStored = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= SMALLEST && Math.abs(value) <= LARGEST);

/** What a number on record is. */
export const STORED = `0 or a number from ${SMALLEST} to ${LARGEST} in size`;

/** A number that is put on record. */
export const storedNumber = () => z.number().refine(isStored, `expected ${STORED}`);
