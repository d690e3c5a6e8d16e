/** What the probe takes of the AWS SDK: named here, so that the bundle holds no more, and loaded where a bucket is asked. */
export { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
