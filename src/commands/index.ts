/**
 * The nouns a command line can begin with, in the order --help lists them. Each is loaded only when it is asked
 * for; a new noun is one file and one line here.
 */
import type { Registry } from '../cli/command.ts';

export const registry: Registry = {
  serve: {
    summary: 'run the SFU, embedded or external, and the API',
    aliases: ['run', 'server'],
    load: async () => (await import('./serve/index.ts')).default,
  },
  init: {
    summary: 'write a config.yaml with fresh secrets',
    load: async () => (await import('./init.ts')).default,
  },
  config: {
    summary: 'check and look up the configuration',
    load: async () => (await import('./config.ts')).default,
  },
  livekit: {
    summary: 'render, check, install and run the LiveKit SFU',
    load: async () => (await import('./livekit/index.ts')).default,
  },
  token: {
    summary: 'make, explain and check access tokens of LiveKit',
    load: async () => (await import('./token/index.ts')).default,
  },
  room: {
    summary: 'see and control the rooms of a LiveKit server',
    load: async () => (await import('./room/index.ts')).default,
  },
  recording: {
    summary: 'record rooms, and have the files',
    load: async () => (await import('./recording/index.ts')).default,
  },
  db: {
    summary: 'bring the database up to date, look at it and back it up',
    load: async () => (await import('./db.ts')).default,
  },
  doctor: {
    summary: 'say what is wrong with a set-up, why it matters and what to do',
    load: async () => (await import('./doctor/index.ts')).default,
  },
  explain: {
    summary: 'say what a check or a rule is about',
    load: async () => (await import('./explain.ts')).default,
  },
  completion: {
    summary: 'print a completion script for bash, zsh or fish',
    load: async () => (await import('./completion.ts')).default,
  },
  version: {
    summary: 'print the versions of bedrud and Node.js',
    load: async () => (await import('./version.ts')).default,
  },
};
