import { docs, type Rule } from '../rule.ts';

export const egressNoBackup: Rule = {
  id: 'egress/no-backup',
  title: 'A failed upload is caught',
  severity: 'info',
  why: 'a recording whose upload fails is lost when the container goes',
  fix: 'set backup: with a second storage',
  docs: docs.egress,
  *run(facts) {
    if (!facts.has('storage') || facts.has('backup')) return;
    yield { at: 'storage', onKey: true, message: 'there is a storage and no backup' };
  },
};
