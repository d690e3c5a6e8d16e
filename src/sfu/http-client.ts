/**
 * undici, in a module of its own so that it can be loaded late: imported dynamically by its name, a bundled
 * CommonJS package has no named exports.
 */
export { Agent, fetch } from 'undici';
