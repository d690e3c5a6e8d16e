import { defineCheck } from '../../check.ts';

export const egressPathStyle = defineCheck({
  id: 'egress/path-style',
  title: 'A bucket at an endpoint of its own is addressed by path',
  area: 'recording',
  severity: 'warning',
  why: 'Without force_path_style the bucket becomes a part of the host name (bucket.minio:9000), which no resolver of an own MinIO knows.',
  fix: 'set force_path_style: true beside endpoint',
  needs: ['egress'],
  run: ({ egress }) =>
    [['storage', 's3'], ['s3']]
      .filter((path) => {
        const endpoint = egress.string(...path, 'endpoint');
        return (
          endpoint !== undefined &&
          !/amazonaws\.com/.test(endpoint) &&
          !egress.boolean(...path, 'force_path_style')
        );
      })
      .map((path) => ({
        message: `the bucket at ${egress.string(...path, 'endpoint')} is addressed by host name`,
        ...egress.place(...path, 'endpoint'),
      })),
});
