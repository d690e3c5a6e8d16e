import { docs, type Rule } from '../rule.ts';

const selectors = ['any', 'cpuload', 'sysload', 'regionaware', 'random'];

export const nodeSelector: Rule = {
  id: 'livekit/node-selector',
  title: 'node_selector is one that LiveKit has',
  severity: 'error',
  why: 'the server says "unsupported node selector" and ends; regionaware needs region as well',
  fix: `use one of ${selectors.slice(0, 4).join(', ')}`,
  docs: docs.distributed,
  *run(facts) {
    const kind = facts.string('node_selector.kind') || 'any';
    const at = 'node_selector.kind';
    if (!selectors.includes(kind)) {
      yield {
        at,
        message: `there is no node selector ${kind}`,
        stops: { stage: 'router', prints: 'unsupported node selector' },
      };
    } else if (kind === 'random') {
      yield { at, severity: 'info', message: 'node selector random is called any now' };
    } else if (kind === 'regionaware') {
      const region = facts.string('region');
      const regions = facts.list<Record<string, unknown>>('node_selector.regions');
      if (region === '') {
        const prints = 'current region cannot be blank';
        yield { at, message: 'node selector regionaware needs region', stops: { stage: 'router', prints } };
      } else if (regions.length > 0 && !regions.some(({ name }) => name === region)) {
        const prints = 'unknown lat and lon for the current region';
        yield {
          at,
          message: `region ${region} is not among node_selector.regions`,
          stops: { stage: 'router', prints },
        };
      }
    }
  },
};
