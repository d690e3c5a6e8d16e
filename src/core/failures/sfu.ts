/** LiveKit: the program, its releases, its answers, its tokens. */
import type { Entry } from './entry.ts';

export const sfuFailures = {
  'token/malformed': {
    exit: 3,
    http: 401,
    message: 'this is no token of LiveKit: {reason}',
    hint: 'pass the whole token, eyJ… with two dots in it',
  },
  'sfu/bad-url': {
    exit: 3,
    http: 500,
    message: '"{url}" is no address of a livekit-server',
    hint: 'write it as http://host:7880 or https://host',
  },
  'sfu/no-credentials': {
    exit: 3,
    http: 500,
    message: 'there is no LiveKit {missing} to work with',
    hint: 'set livekit.{key} in config.yaml, or {variable}',
  },
  'sfu/unreachable': { exit: 3, http: 502, message: 'livekit-server at {url}: {reason}', hint: '{hint}' },
  'sfu/denied': {
    exit: 3,
    http: 502,
    message: 'livekit-server refused to {action}: {reason}',
    hint: '{hint}',
  },
  'sfu/not-found': { exit: 3, http: 404, message: '{what}', hint: '{hint}' },
  'sfu/not-livekit': {
    exit: 3,
    http: 502,
    message: '{url} does not answer like a livekit-server: {reason}',
    hint: 'check the address, and where the proxy in front of it sends /twirp and /rtc',
  },
  'sfu/failed': {
    exit: 3,
    http: 502,
    message: 'livekit-server could not {action}: {reason}',
    hint: '{hint}',
  },
  'sfu/binary-missing': { exit: 3, http: 500, message: '{problem}', hint: '{hint}' },
  'sfu/start-failed': {
    exit: 3,
    http: 503,
    message: 'livekit-server ended while starting: {reason}',
    hint: '{hint}',
  },
  'sfu/not-ready': {
    exit: 3,
    http: 503,
    message: 'livekit-server runs but was not ready within {limit}: {answer}',
    hint: '{hint}',
  },
  'sfu/gave-up': {
    exit: 3,
    http: 503,
    message:
      'livekit-server ended {attempts} times in a row, and is not started again; the last time: {reason}',
    hint: '{hint}',
  },
  'sfu/not-embedded': {
    exit: 3,
    http: 500,
    message: '{setting}: livekit-server is run by something else, and bedrud starts none',
    hint: 'bedrud livekit probe checks the one that runs; to have bedrud run it, remove {setting}',
  },
  'install/unsupported': {
    exit: 3,
    http: 500,
    message: 'LiveKit publishes no livekit-server for {host}',
    hint: '{hint}',
  },
  'install/not-found': {
    exit: 3,
    http: 502,
    message: '{url}: there is no such file',
    hint: 'check the version against https://github.com/livekit/livekit/releases, and --base-url if you gave one',
  },
  'install/download-failed': {
    exit: 3,
    http: 502,
    message: '{url}: the download failed: {reason}',
    hint: 'run it again: it goes on where it stopped. Without a way to that host, fetch the archive elsewhere and use --archive',
  },
  'install/no-checksum': {
    exit: 3,
    http: 502,
    message: '{source} has no checksum for {file}',
    hint: 'use the checksums.txt of the same release',
  },
  'install/mismatch': {
    exit: 3,
    http: 502,
    message: '{file} has SHA-256 {actual}, and {source} says {expected}: it was not installed',
    hint: 'fetch it again; if that does not help, somebody has changed it, or the checksum is for another file',
  },
  'install/bad-archive': {
    exit: 3,
    http: 502,
    message: '{file} is no release archive of livekit-server: {reason}',
    hint: 'use livekit_VERSION_linux_ARCH.tar.gz from https://github.com/livekit/livekit/releases',
  },
  'install/busy': {
    exit: 3,
    http: 503,
    message: 'another bedrud (pid {pid}) is installing the same release',
    hint: 'wait for it to end; if it does not run, remove {file}',
  },
  'emulator/refused': {
    exit: 3,
    http: 500,
    message: '{message}',
    hint: 'livekit-server {version} would print this line and end (with status 0); bedrud livekit lint says where and why',
  },
  'emulator/version': {
    exit: 2,
    http: 400,
    message: 'livekit-server {version} cannot be emulated',
    hint: 'name a release from {known}',
  },
  'emulator/port-in-use': {
    exit: 3,
    http: 500,
    message: 'port {port} on {host} is taken',
    hint: 'stop what listens there, or choose another with --port (0 takes a free one)',
  },
} as const satisfies Record<string, Entry>;
