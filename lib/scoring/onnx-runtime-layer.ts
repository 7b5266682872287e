import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { ContenderConfig } from '../config';
import { assembleOnnxRuntime } from './onnx-runtime-files';

export interface OnnxRuntimeLayerProps {
  readonly config: Pick<ContenderConfig, 'architecture'>;
}

/** ONNX Runtime for Node as a Lambda layer: `require('onnxruntime-node')` finds it, bundles leave it out. */
export class OnnxRuntimeLayer extends lambda.LayerVersion {
  constructor(scope: Construct, id: string, { config }: OnnxRuntimeLayerProps) {
    const { folder, hash } = assembleOnnxRuntime(config.architecture);
    super(scope, id, {
      code: lambda.Code.fromAsset(folder, { assetHash: hash }),
      description: 'ONNX Runtime for Node.js',
      license: 'MIT',
      compatibleArchitectures: [
        config.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      ],
    });
  }
}
