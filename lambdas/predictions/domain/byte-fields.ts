import { InvalidInput } from '../../kernel/errors';

/** More than any draft needs. */
const CAPACITY = 256;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const HEX = /^[0-9a-f]*$/;
const ULID_BYTES = 16;
const ULID_CHARACTERS = 26;
const ASCII_BITS = 7;

/** One writer is in use at a time: packing never waits. */
const scratch = Buffer.alloc(CAPACITY);

const inRange = (value: number, max: number, what: string): void => {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new InvalidInput(`${value} is no ${what}: expected a whole number from 0 to ${max}`);
  }
};

const packedLength = (characters: number): number => Math.ceil((characters * ASCII_BITS) / 8);

/** Appends fields without gaps. Every method throws InvalidInput for a value that its field cannot carry. */
export class ByteWriter {
  private readonly buffer = scratch;
  private at = 0;

  /** What was written; valid until the next writer writes. */
  bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  uint8(value: number): void {
    inRange(value, 255, 'byte');
    this.at = this.buffer.writeUInt8(value, this.at);
  }

  /** Seven bits a byte, lowest first (LEB128). */
  varint(value: number): void {
    inRange(value, Number.MAX_SAFE_INTEGER, 'count');
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.uint8((rest % 128) | 128);
    this.uint8(rest);
  }

  float32(value: number): void {
    this.at = this.buffer.writeFloatLE(value, this.at);
  }

  float64(value: number): void {
    this.at = this.buffer.writeDoubleLE(value, this.at);
  }

  hex(value: string, bytes: number): void {
    if (!HEX.test(value) || value.length !== bytes * 2) {
      throw new InvalidInput(`${value} is no hexadecimal value of ${bytes} bytes`);
    }
    this.at += this.buffer.write(value, this.at, 'hex');
  }

  /** Length, then seven bits a character: the longest model name takes 57 bytes instead of 64. */
  ascii(value: string): void {
    this.uint8(value.length);
    let pending = 0;
    let bits = 0;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) throw new InvalidInput(`${value} holds a character outside ASCII`);
      pending = (pending << ASCII_BITS) | code;
      bits += ASCII_BITS;
      for (; bits >= 8; bits -= 8) this.uint8((pending >> (bits - 8)) & 0xff);
    }
    if (bits > 0) this.uint8((pending << (8 - bits)) & 0xff);
  }

  /** 26 characters of 5 bits, of which the first holds 3: 128 bits. */
  ulid(value: string): void {
    if (!ULID.test(value)) throw new InvalidInput(`${value} is no ULID`);
    let pending = 0;
    let bits = -2;
    for (const character of value) {
      pending = ((pending << 5) | CROCKFORD.indexOf(character)) & 0xffff;
      bits += 5;
      for (; bits >= 8; bits -= 8) this.uint8((pending >> (bits - 8)) & 0xff);
    }
  }
}

/** Reads fields back in the order in which they were written. */
export class ByteReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  private take(bytes: number): number {
    const start = this.at;
    if (start + bytes > this.buffer.length) throw new InvalidInput('this prediction id ends too early');
    this.at += bytes;
    return start;
  }

  uint8(): number {
    return this.buffer.readUInt8(this.take(1));
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.uint8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new InvalidInput('this prediction id holds a number that never ends');
  }

  float32(): number {
    return this.buffer.readFloatLE(this.take(4));
  }

  float64(): number {
    return this.buffer.readDoubleLE(this.take(8));
  }

  hex(bytes: number): string {
    const start = this.take(bytes);
    return this.buffer.toString('hex', start, start + bytes);
  }

  ascii(): string {
    const length = this.uint8();
    const start = this.take(packedLength(length));
    let text = '';
    for (let index = 0; index < length; index++) {
      const bit = index * ASCII_BITS;
      const byte = start + (bit >> 3);
      const pair = (this.buffer.readUInt8(byte) << 8) | (this.buffer[byte + 1] ?? 0);
      text += String.fromCharCode((pair >> (16 - ASCII_BITS - (bit & 7))) & 127);
    }
    return text;
  }

  ulid(): string {
    const start = this.take(ULID_BYTES);
    let text = '';
    let pending = 0;
    // Two zero bits lead, so that 128 bits fill 26 characters.
    let bits = 2;
    for (let index = 0; index < ULID_BYTES; index++) {
      pending = ((pending << 8) | this.buffer.readUInt8(start + index)) & 0xfff;
      for (bits += 8; bits >= 5; bits -= 5) text += CROCKFORD[(pending >> (bits - 5)) & 31];
    }
    return text.padEnd(ULID_CHARACTERS, '0');
  }
}
