import manifest from '../../package.json' with { type: 'json' };

/** bedrud's own version, from package.json. */
export const version: string = manifest.version;
