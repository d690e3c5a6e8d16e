import { docs, type Rule } from '../rule.ts';

export const turnSecretFile: Rule = {
  id: 'livekit/turn-secret-mode',
  title: 'Secret files of other TURN servers can be read, and by nobody else',
  severity: 'error',
  why: 'since 1.13.0 the server ends when a secret_file under rtc.turn_servers is missing or open to others',
  fix: 'correct the path; chmod o= FILE',
  docs: docs.sample,
  *run(facts) {
    for (const [index, server] of facts.list<Record<string, unknown>>('rtc.turn_servers').entries()) {
      const path = server['secret_file'];
      if (typeof path !== 'string' || path === '' || server['secret']) continue;
      const look = facts.files.look(path);
      const at = `rtc.turn_servers.${index}.secret_file`;
      if (look === undefined) continue;
      const mode = look.mode ?? 0;
      if ((mode & 0o007) !== 0) {
        const prints = 'turn secret file others permissions must be set to 0';
        const message = `secret_file ${path} has mode ${mode.toString(8)}: others have access`;
        yield { at, message, stops: { stage: 'secrets', prints } };
      } else if ('reason' in look) {
        const prints =
          look.reason === 'is a directory'
            ? `reading turn secret file "${path}": read ${path}: ${look.reason}`
            : `stat ${path}: ${look.reason}`;
        yield { at, message: `secret_file ${path}: ${look.reason}`, stops: { stage: 'secrets', prints } };
      }
    }
  },
};
