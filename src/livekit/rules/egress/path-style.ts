import { docs, type Rule } from '../rule.ts';

export const egressPathStyle: Rule = {
  id: 'egress/path-style',
  title: 'A storage of one’s own is asked by path',
  severity: 'warning',
  why: 'without force_path_style the bucket’s name becomes part of the host’s, which MinIO and its like don’t resolve',
  fix: 'add force_path_style: true',
  docs: docs.egress,
  *run(facts) {
    for (const at of ['storage.s3', 'backup.s3', 'debug.s3']) {
      const endpoint = facts.string(`${at}.endpoint`);
      if (endpoint === '' || /amazonaws\.com/.test(endpoint) || facts.flag(`${at}.force_path_style`))
        continue;
      yield { at: `${at}.endpoint`, message: `${at} has an endpoint of its own and no force_path_style` };
    }
  },
};
