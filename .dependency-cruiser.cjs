/**
 * Imports point one way:
 *   core ← config, livekit, sfu, store, report ← doctor, server, emulator ← cli ← commands ← main
 * Siblings don't import each other, except config → livekit (version facts).
 */
const layer = (name, from, forbidden) => ({
  name,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: `^src/(${forbidden})(/|\\.ts$)` },
});
/** Only the folder that owns a package imports it, so that replacing one is a change in one place. */
const owner = (pkg, folders) => ({
  name: `${pkg}-has-one-owner`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${folders})` },
  to: { path: `node_modules/${pkg}/` },
});
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer('core-imports-nothing', 'core', '(?!core)[a-z]+'),
    layer('livekit-is-a-base', 'livekit', 'config|sfu|store|report|doctor|server|emulator|cli|commands|main'),
    layer('config-is-a-base', 'config', 'sfu|store|report|doctor|server|emulator|cli|commands|main'),
    layer('sfu-is-a-base', 'sfu', 'config|livekit|store|report|doctor|server|emulator|cli|commands|main'),
    layer('store-is-a-base', 'store', 'config|livekit|sfu|report|doctor|server|emulator|cli|commands|main'),
    layer('report-is-a-base', 'report', 'config|livekit|sfu|store|doctor|server|emulator|cli|commands|main'),
    layer('doctor-is-below-commands', 'doctor', 'server|emulator|cli|commands|main'),
    layer('server-is-below-commands', 'server', 'doctor|emulator|cli|commands|main'),
    layer('emulator-is-below-commands', 'emulator', 'doctor|server|cli|commands|main'),
    layer('cli-knows-no-command', 'cli', 'config|livekit|sfu|store|doctor|server|emulator|commands|main'),
    layer('commands-do-not-start-the-program', 'commands', 'main'),
    {
      name: 'src-does-not-need-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    owner('commander', 'cli/'),
    owner('cli-table3', 'report/text/'),
    owner('(ora|@inquirer/prompts)', 'cli/'),
    owner('undici', 'sfu/'),
    owner('ajv(-formats)?', 'config/'),
    owner('livekit-server-sdk', 'sfu/|server/webhook'),
    owner('fastify', 'server/|emulator/'),
    owner('@opentelemetry', 'server/tracing/'),
    owner('(kysely|libsql|pg)', 'store/'),
    owner('ioredis', 'doctor/probes/|server/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    includeOnly: '^(src|node_modules)',
  },
};
