/**
 * What sfu/ takes of undici, loaded with `import()` where it is needed. By name from here, since a bundler gives a
 * CommonJS package that is imported so nothing but a default export.
 */
export { EnvHttpProxyAgent, request } from 'undici';
