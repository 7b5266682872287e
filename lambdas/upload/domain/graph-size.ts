import { Type } from 'protobufjs/light';
import { DELIMITED, fieldsOf } from '../../scoring/domain/protobuf-fields';

interface Message {
  readonly type: Type;
  readonly from: number;
  readonly to: number;
}

/**
 * Whether a message and those in it hold more fields than `limit` of which the decoder of `type` makes something; found by
 * walking along the bytes, before anything is made.
 * @throws RangeError, Error for bytes that are no message
 */
export const holdsMoreThan = (limit: number, type: Type, bytes: Uint8Array): boolean => {
  const waiting: Message[] = [{ type, from: 0, to: bytes.length }];
  let count = 0;
  for (let message = waiting.pop(); message !== undefined; message = waiting.pop()) {
    for (const { id, wire, content, end } of fieldsOf(bytes, message.from, message.to)) {
      const field = message.type.fieldsById[id]?.resolve();
      if (field === undefined) continue;
      if (++count > limit) return true;
      if (wire === DELIMITED && field.resolvedType instanceof Type)
        waiting.push({ type: field.resolvedType, from: content, to: end });
    }
  }
  return false;
};
