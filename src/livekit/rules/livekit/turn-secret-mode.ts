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
      if (look && 'reason' in look) {
        yield {
          at,
          message: `secret_file ${path}: ${look.reason}`,
          stops: { stage: 'secrets', prints: `stat ${path}: ${look.reason}` },
        };
      } else if (look && (look.mode & 0o007) !== 0) {
        const prints = 'TURN secret file others permissions must be set to 0';
        yield {
          at,
          message: `secret_file ${path} has mode ${look.mode.toString(8)}: others have access`,
          stops: { stage: 'secrets', prints },
        };
      }
    }
  },
};
