import { decodeTime } from 'ulid';
import { InvalidInput } from '../../kernel/errors';
import type { Prediction, PredictionDraft, PredictionRole, Scored, ShadowPart } from '../contract';
import { ByteReader, ByteWriter } from './byte-fields';
import { CLIENT_FINGERPRINT_BYTES } from './client-fingerprint';

const ROLES: readonly PredictionRole[] = ['champion', 'challenger', 'champion-fallback'];
const SHADOWS = ['none', 'scored', 'unpaired', 'lost'] as const;
/** Most codes of each of the two lists: a manifest names at most 8 columns. */
const MAX_CODES = 8;

/** Which optional fields follow; positions in the two leading bytes. */
const FLAG = { value: 4, score: 5, rollout: 6, propensity: 7, shadowValue: 2, shadowScore: 3 } as const;

const bit = (on: boolean, position: number): number => (on ? 1 << position : 0);
const has = (byte: number, position: number): boolean => (byte & (1 << position)) !== 0;

/** A number is its own score. */
const hasScore = (scored: Scored): boolean => scored.prediction.kind === 'class' && scored.score !== undefined;

/** First byte: role, kind of shadow, and which fields follow. Second: the same for the challenger's part. */
const flagsOf = (draft: PredictionDraft): readonly [number, number] => {
  const shadow = draft.shadow;
  const scored = shadow?.status === 'scored' ? shadow.scored : undefined;
  return [
    ROLES.indexOf(draft.role) |
      bit(draft.prediction.kind === 'value', FLAG.value) |
      bit(hasScore(draft), FLAG.score) |
      bit(draft.rolloutId !== undefined, FLAG.rollout) |
      bit(draft.propensity !== 1, FLAG.propensity),
    SHADOWS.indexOf(shadow?.status ?? 'none') |
      bit(scored?.prediction.kind === 'value', FLAG.shadowValue) |
      bit(scored !== undefined && hasScore(scored), FLAG.shadowScore),
  ];
};

const writeScored = (writer: ByteWriter, scored: Scored): void => {
  const { prediction, score } = scored;
  if (prediction.kind === 'value') {
    writer.float64(prediction.value);
    return;
  }
  writer.varint(prediction.index);
  if (score !== undefined) writer.float32(score);
};

const readScored = (reader: ByteReader, isValue: boolean, withScore: boolean): Scored => {
  const prediction: Prediction = isValue
    ? { kind: 'value', value: reader.float64() }
    : { kind: 'class', index: reader.varint() };
  return withScore ? { prediction, score: reader.float32() } : { prediction };
};

const writeCodes = (writer: ByteWriter, draft: PredictionDraft): void => {
  if (draft.segments.length > MAX_CODES || draft.protected.length > MAX_CODES) {
    throw new InvalidInput(`a prediction carries at most ${MAX_CODES} segment and ${MAX_CODES} protected codes`);
  }
  writer.uint8((draft.segments.length << 4) | draft.protected.length);
  for (const code of [...draft.segments, ...draft.protected]) writer.uint8(code);
};

const readCodes = (reader: ByteReader): Pick<PredictionDraft, 'segments' | 'protected'> => {
  const counts = reader.uint8();
  const codes = (count: number): number[] => Array.from({ length: count }, () => reader.uint8());
  return { segments: codes(counts >> 4), protected: codes(counts & 0x0f) };
};

/** A draft in at most 155 bytes, whatever its fields. */
export const packDraft = (draft: PredictionDraft): Buffer => {
  const writer = new ByteWriter();
  const [first, second] = flagsOf(draft);
  writer.uint8(first);
  writer.uint8(second);
  writer.ascii(draft.model);
  writer.varint(draft.version);
  writer.hex(draft.client, CLIENT_FINGERPRINT_BYTES);
  writer.ulid(draft.requestId);
  writer.varint(draft.row);
  if (draft.rolloutId !== undefined) writer.ulid(draft.rolloutId);
  writer.uint8(draft.bucket);
  writeScored(writer, draft);
  if (draft.propensity !== 1) writer.float32(draft.propensity);
  writeCodes(writer, draft);
  if (draft.shadow !== undefined) writer.varint(draft.shadow.version);
  if (draft.shadow?.status === 'scored') writeScored(writer, draft.shadow.scored);
  return writer.bytes();
};

const readShadow = (reader: ByteReader, flags: number): ShadowPart | undefined => {
  const status = SHADOWS[flags & 0b11] ?? 'none';
  if (status === 'none') return undefined;
  const version = reader.varint();
  if (status !== 'scored') return { version, status };
  return { version, status, scored: readScored(reader, has(flags, FLAG.shadowValue), has(flags, FLAG.shadowScore)) };
};

/** The draft, and the time within its request's ULID. @throws InvalidInput if the bytes are no draft. */
export const unpackDraft = (bytes: Buffer): PredictionDraft & { readonly at: number } => {
  const reader = new ByteReader(bytes);
  const first = reader.uint8();
  const second = reader.uint8();
  const role = ROLES[first & 0b11];
  if (role === undefined) throw new InvalidInput('this prediction id names a role that does not exist');
  const model = reader.ascii();
  const version = reader.varint();
  const client = reader.hex(CLIENT_FINGERPRINT_BYTES);
  const requestId = reader.ulid();
  const row = reader.varint();
  const rollout = has(first, FLAG.rollout) ? { rolloutId: reader.ulid() } : {};
  const bucket = reader.uint8();
  const scored = readScored(reader, has(first, FLAG.value), has(first, FLAG.score));
  const propensity = has(first, FLAG.propensity) ? reader.float32() : 1;
  const codes = readCodes(reader);
  const shadow = readShadow(reader, second);
  const at = decodeTime(requestId);
  const named = { model, version, role, client, requestId, at, row, ...rollout };
  return { ...named, bucket, ...scored, propensity, ...codes, ...(shadow ? { shadow } : {}) };
};
