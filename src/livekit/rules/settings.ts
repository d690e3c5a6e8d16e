/** The rules on single settings. */
import { atLeast, compareVersions } from '../versions.ts';
import { docs, type Rule } from './rule.ts';

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

/** Negative sizes and intervals that make livekit-server panic. */
export const panickingValue: Rule = {
  id: 'sfu/panic',
  title: 'Sizes and intervals are not negative',
  severity: 'error',
  why: 'the server makes a queue or a timer of it, and panics',
  fix: 'use a positive value, or remove the key',
  docs: docs.sample,
  *run(facts) {
    for (const at of ['psrpc.buffer_size', 'signal_relay.stream_buffer_size']) {
      const size = facts.number(at);
      if (size >= 0) continue;
      yield {
        at,
        message: `${at} is ${size}`,
        stops: { stage: 'signal', prints: 'panic: makechan: size out of range' },
      };
    }
    const at = 'node_stats.stats_update_interval';
    const interval = facts.get(at);
    if (typeof interval !== 'number' || interval > 0) return;
    const prints = 'panic: non-positive interval for NewTicker';
    yield { at, message: `${at} is not positive`, stops: { stage: 'listen', prints } };
  },
};

const levels = ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal'];

export const loggingLevel: Rule = {
  id: 'logging/level',
  title: 'Log levels are levels',
  severity: 'warning',
  why: 'the server takes an unknown level for info without saying so',
  fix: 'use debug, info, warn or error',
  docs: docs.sample,
  *run(facts) {
    const paths = ['logging.level', 'logging.pion_level', 'log_level'];
    for (const name of facts.map('logging.component_levels').keys())
      paths.push(`logging.component_levels.${name}`);
    for (const at of paths) {
      const level = facts.string(at);
      if (level === '' || levels.includes(level.toLowerCase())) continue;
      yield { at, message: `${at} is ${level}, which is no log level` };
    }
  },
};

const deprecated: Record<string, string> = {
  log_level: 'use logging.level',
  prometheus_port: 'use prometheus: with port inside, since 1.7.1',
  'room.max_metadata_size': 'use limit.max_metadata_size, since 1.7.0',
  'room.max_participant_identity_length': 'use limit.max_participant_identity_length, since 1.7.0',
  'room.max_room_name_length': 'use limit.max_room_name_length, since 1.7.0',
  'rtc.packet_buffer_size': 'use rtc.packet_buffer_size_video and rtc.packet_buffer_size_audio, since 1.6.0',
  'rtc.strict_acks': 'remove it: it has no effect',
  'redis.use_tls': 'use redis.tls: with enabled: true inside, since 1.5.3',
};

export const deprecatedKey: Rule = {
  id: 'livekit/deprecated-key',
  title: 'No key is on its way out',
  severity: 'warning',
  why: 'deprecated keys go in some later release, and a file that holds one stops the server then',
  fix: 'use what replaced it',
  docs: docs.sample,
  *run(facts) {
    for (const [at, instead] of Object.entries(deprecated)) {
      if (!facts.has(at)) continue;
      const since = instead.match(/since (\S+)/)?.[1];
      if (since !== undefined && !facts.since(since)) continue;
      yield { at, onKey: true, message: `${at} is deprecated`, hint: instead.replace(/, since.*/, '') };
    }
  },
};

const bad: { when(version: string, turn: boolean): boolean; message: string; hint: string }[] = [
  {
    when: (version) => version === '1.5.1',
    message: '1.5.1 panics when it is given a key file',
    hint: 'use 1.5.2 or later',
  },
  {
    when: (version) => version === '1.9.10',
    message: '1.9.10 panics under load; its makers say not to use it',
    hint: 'use 1.9.11 or later',
  },
  {
    when: (version) => version === '1.10.0',
    message:
      '1.10.0 sends an empty IPv6 TURN address that breaks clients, and gathers on every docker bridge',
    hint: 'use 1.10.1 or later; 1.11.0 if docker runs on this host',
  },
  {
    when: (version) => version === '1.10.1',
    message: '1.10.1 gathers addresses on every docker bridge, which makes joining slow',
    hint: 'use 1.11.0 or later, or exclude the bridges with rtc.interfaces.excludes',
  },
  {
    when: (version, turn) => turn && compareVersions(version, '1.12.0') < 0,
    message:
      'before 1.12.0 TURN relays into private networks: anybody with a token reaches the hosts behind this one',
    hint: 'use 1.12.0 or later, or keep TURN off',
  },
];

export const knownBadVersion: Rule = {
  id: 'version/known-bad',
  title: 'The release has no fault that matters here',
  severity: 'warning',
  why: 'some releases are known to harm',
  fix: 'use another release',
  docs: docs.releases,
  *run(facts) {
    if (facts.root === undefined) return;
    for (const { when, message, hint } of bad) {
      if (when(facts.version, facts.flag('turn.enabled'))) yield { at: '', message, hint };
    }
    if (!atLeast(facts.version, '1.9.10')) {
      const message = `clients made with livekit-client 2.18.1 or later can't join ${facts.version}`;
      yield { at: '', severity: 'info', message, hint: 'use 1.9.11 or later' };
    }
  },
};

const tooLong = 600;

export const roomTimeouts: Rule = {
  id: 'room/timeouts-high',
  title: 'Empty rooms go within ten minutes',
  severity: 'warning',
  why: 'a room that lingers shows as live, and keeps its recording running',
  fix: 'lower it: 300 and 20 are the defaults, in seconds',
  docs: docs.sample,
  *run(facts) {
    for (const at of ['room.empty_timeout', 'room.departure_timeout']) {
      const seconds = facts.number(at);
      if (seconds > tooLong)
        yield { at, message: `${at} keeps a room for ${Math.round(seconds / 60)} minutes` };
    }
  },
};

export const metricsOpen: Rule = {
  id: 'metrics/open',
  title: 'Metrics ask for a password',
  severity: 'warning',
  why: 'without both username and password anybody who reaches the port reads the metrics; one of the two alone is passed over',
  fix: 'set prometheus.username and prometheus.password, or keep the port closed to others',
  docs: docs.sample,
  *run(facts) {
    const at = facts.number('prometheus.port') > 0 ? 'prometheus.port' : 'prometheus_port';
    if (facts.number(at) === 0) return;
    const given = ['username', 'password'].filter((name) => facts.string(`prometheus.${name}`) !== '');
    if (given.length === 2) return;
    const message =
      given.length === 1
        ? `prometheus has a ${given[0]} alone, which protects nothing`
        : 'metrics are open to everybody who reaches the port';
    yield { at, message, ...(given.length === 1 ? { severity: 'error' as const } : {}) };
  },
};

export const debugExposed: Rule = {
  id: 'debug/exposed',
  title: 'Debugging pages are off',
  severity: 'warning',
  why: 'development: true and debug_handler serve profiles and room state to everybody who reaches the port',
  fix: 'remove it outside of development',
  docs: docs.sample,
  *run(facts) {
    if (facts.flag('development'))
      yield { at: 'development', message: 'development mode serves /debug on the API port' };
    if (facts.number('debug_handler.port') > 0) {
      yield {
        at: 'debug_handler.port',
        message: `debugging pages are served on port ${facts.number('debug_handler.port')} without a password`,
      };
    }
  },
};
