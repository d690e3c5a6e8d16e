/** Bedrud’s configuration, and what is looked up in it. */
import type { Entry } from './entry.ts';

export const configurationFailures = {
  'config/not-found': {
    exit: 3,
    http: 500,
    message: '{file}: no such file (named by {named})',
    hint: 'check the path, or write one with: bedrud init',
  },
  'config/yaml-bomb': {
    exit: 3,
    http: 500,
    message: '{file}: its aliases expand to more than {limit} values',
    hint: 'write the values out instead of nesting aliases',
  },
  'config/secret': {
    exit: 2,
    http: 500,
    message: '{key} is a secret',
    hint: 'add --reveal to print it',
  },
  'config/invalid': {
    exit: 3,
    http: 500,
    message: 'the configuration is not valid: {problems}',
    hint: '{hint}',
  },
  'doctor/no-media-library': {
    exit: 3,
    http: 500,
    message: '--media makes calls with {package}, which is not installed',
    hint: 'install it beside bedrud: npm install --global {package} (or without --global in the project that has bedrud); 25 MB',
  },
  'keys/mismatch': {
    exit: 3,
    http: 500,
    message: 'livekit.apiKey is {key}, and {file} has {problem}',
    hint: 'write the same pair into both, or leave livekit.apiKey and apiSecret out: then they come from that file',
  },
  'ports/in-use': {
    exit: 3,
    http: 500,
    message: 'port {port}/{protocol} is in use by {owner}',
    hint: 'set {setting} to another port, or stop what has this one',
  },
  'ports/denied': {
    exit: 3,
    http: 500,
    message: 'port {port}/{protocol} may not be bound by this user',
    hint: 'set {setting} to a port from 1024, or give this user CAP_NET_BIND_SERVICE',
  },
} as const satisfies Record<string, Entry>;
