import { isUtf8 } from 'node:buffer';
import { InvalidInput } from '../../kernel/errors';
import type { Datatype } from '../../registry/contract';
import { ARRAYS, type TensorData, type TensorValue } from './tensor';

/** A string's length comes before its bytes: 32 bits, little-endian. */
export const LENGTH_BYTES = 4;

type FixedWidth = Exclude<Datatype, 'BYTES'>;

/** A view where the platform allows it, else a copy: typed arrays begin at multiples of their element's size. */
const viewOf = (bytes: Buffer, datatype: FixedWidth, length: number): TensorData => {
  const Elements = ARRAYS[datatype];
  const isAligned = bytes.byteOffset % Elements.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes);
  return new Elements(buffer as ArrayBuffer, byteOffset, length);
};

const fixedWidth = (bytes: Buffer, datatype: FixedWidth, length: number, where: string): TensorData => {
  const expected = length * ARRAYS[datatype].BYTES_PER_ELEMENT;
  if (bytes.length !== expected) {
    throw new InvalidInput(
      `${where}: ${length} elements of ${datatype} are ${expected} bytes, binary_data_size is ${bytes.length}`,
    );
  }
  const data = viewOf(bytes, datatype, length);
  return datatype === 'BOOL' ? Uint8Array.from(data as Uint8Array, (value) => (value === 0 ? 0 : 1)) : data;
};

const strings = (bytes: Buffer, length: number, where: string): string[] => {
  const cut = (index: number) => new InvalidInput(`${where}, element ${index}: its bytes end too early`);
  const read: string[] = [];
  let at = 0;
  while (read.length < length) {
    if (at + LENGTH_BYTES > bytes.length) throw cut(read.length);
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length) throw cut(read.length);
    const text = bytes.subarray(at + LENGTH_BYTES, end);
    if (!isUtf8(text)) throw new InvalidInput(`${where}, element ${read.length}: its bytes are not UTF-8`);
    read.push(text.toString('utf8'));
    at = end;
  }
  if (at === bytes.length) return read;
  throw new InvalidInput(`${where}: ${bytes.length - at} bytes follow the last of its ${length} elements`);
};

/**
 * Elements of a tensor as the binary extension sends them: row-major, little-endian, strings with their length before them.
 * @throws InvalidInput when the bytes are not exactly the elements.
 */
export const readBinaryTensor = (bytes: Buffer, datatype: Datatype, length: number, where: string): TensorData =>
  datatype === 'BYTES' ? strings(bytes, length, where) : fixedWidth(bytes, datatype, length, where);

/** The bytes of a tensor's elements, as the binary extension sends them. */
export const writeBinaryTensor = ({ data }: TensorValue): Buffer => {
  if (!Array.isArray(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const texts = data.map((text) => Buffer.from(text, 'utf8'));
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + LENGTH_BYTES + text.length, 0));
  let at = 0;
  for (const text of texts) {
    at = bytes.writeUInt32LE(text.length, at);
    at += text.copy(bytes, at);
  }
  return bytes;
};
