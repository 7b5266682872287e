import { Reader, Writer } from 'protobufjs/minimal';

/** Wire types of protobuf. */
const VARINT = 0;
export const DELIMITED = 2;

/** One field of a message: where it begins with its tag, and where its content lies. */
export interface ProtobufField {
  readonly id: number;
  readonly wire: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/**
 * The fields of the message between two positions, one at a time: neither what they hold nor their number costs memory.
 * @throws RangeError, Error for bytes that are no message
 */
export function* fieldsOf(bytes: Uint8Array, from = 0, to = bytes.length): Generator<ProtobufField> {
  const reader = Reader.create(bytes);
  reader.pos = from;
  while (reader.pos < to) {
    const start = reader.pos;
    const tag = reader.uint32();
    const wire = tag & 7;
    const length = wire === DELIMITED ? reader.uint32() : 0;
    const content = reader.pos;
    if (wire === DELIMITED) reader.skip(length);
    else reader.skipType(wire);
    if (reader.pos > to) throw new RangeError('a field ends beyond its message');
    yield { id: tag >>> 3, wire, start, content, end: reader.pos };
  }
}

export const textOf = (bytes: Uint8Array, { content, end }: ProtobufField): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + content, end - content).toString('utf8');

/** A signed integer, exactly: a number is not, beyond 2^53. */
export function* int64sOf(bytes: Uint8Array, { content, end }: ProtobufField): Generator<bigint> {
  let value = 0n;
  let shift = 0n;
  for (let at = content; at < end; at++) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (shift > 70n) throw new RangeError('an integer of more than 64 bits');
    if (byte >= 0x80) continue;
    yield BigInt.asIntN(64, value);
    value = 0n;
    shift = 0n;
  }
  if (shift > 0n) throw new RangeError('an integer ends beyond its field');
}

/** Tag and length of a delimited field, before its content. */
export const headOf = (id: number, length: number): Uint8Array =>
  Writer.create()
    .uint32((id << 3) | DELIMITED)
    .uint32(length)
    .finish();

export const delimited = (id: number, ...content: readonly Uint8Array[]): Uint8Array => {
  const whole = Buffer.concat(content);
  return Buffer.concat([headOf(id, whole.length), whole]);
};

export const textField = (id: number, text: string): Uint8Array => delimited(id, Buffer.from(text, 'utf8'));

export const integerField = (id: number, value: number): Uint8Array =>
  Writer.create()
    .uint32((id << 3) | VARINT)
    .uint32(value)
    .finish();
