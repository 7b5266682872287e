const { TestEnvironment } = require('jest-environment-node');

/**
 * ONNX Runtime's native code checks for the host realm's typed arrays, while jest gives each test file a realm of its own
 * with different ones. Sharing the host's lets BigInt64Array and friends through.
 */
module.exports = class HostTypedArrays extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const type of [
      ArrayBuffer,
      SharedArrayBuffer,
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      BigInt64Array,
      BigUint64Array,
      Float32Array,
      Float64Array,
    ]) {
      this.global[type.name] = type;
    }
  }
};
