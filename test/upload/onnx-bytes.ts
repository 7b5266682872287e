import protobuf from 'protobufjs';
import { OnnxModel } from '../../lambdas/upload/domain/onnx-descriptor';

/** The graph's value of one tensor type, float by default. */
export const value = (name: string, dims: readonly number[] = [-1, 2], elementType = 1) => ({
  name,
  type: {
    tensor: {
      elementType,
      shape: { dims: dims.map((dim) => (dim < 0 ? { parameter: 'N' } : { value: dim })) },
    },
  },
});

/** A tensor whose bytes lie in files of these names. */
export const external = (...locations: readonly string[]) => ({
  name: 'w',
  dataLocation: 1,
  externalData: locations.map((location) => ({ key: 'location', value: location })),
});

/** Bytes of a model with this graph, which has an input and an output unless told otherwise. */
export const model = (graph: object = {}, rest: object = {}): Uint8Array =>
  OnnxModel.encode(
    OnnxModel.fromObject({ irVersion: 8, graph: { inputs: [value('x')], outputs: [value('y')], ...graph }, ...rest }),
  ).finish();

/** A length-delimited protobuf field. */
export const wrapped = (field: number, bytes: Uint8Array): Uint8Array =>
  protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .bytes(bytes)
    .finish();
