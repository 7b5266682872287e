import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { freshModel, platform } from './platform';

/** A user whose own policy allows everything on S3: the account's own keys are above bucket policies here, and prove nothing. */
export const s3Administrator = async (): Promise<S3Client> => {
  const iam = new IAMClient(platform().aws);
  const UserName = freshModel('administrator');
  await iam.send(new CreateUserCommand({ UserName }));
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'everything', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
  return new S3Client({
    ...platform().aws,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  });
};
