import { docs, type Rule } from '../rule.ts';

const stores = ['s3', 'azure', 'gcp', 'alioss'];

export const egressLocalFile: Rule = {
  id: 'egress/local-file-url',
  title: 'Recordings are uploaded',
  severity: 'warning',
  why: 'without a storage, files stay inside the service’s container, and their URL is a path that nobody can open',
  fix: 'set storage: with s3, azure, gcp or alioss inside, unless each request brings its own',
  docs: docs.egress,
  *run(facts) {
    if (facts.root === undefined || stores.some((name) => facts.has(`storage.${name}`))) return;
    yield { at: 'storage', onKey: true, message: 'the file names no storage for recordings' };
  },
};
