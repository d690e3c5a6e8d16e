/** Pairs out of manuals, samples and images, which everybody knows. */
const published = new Set([
  'secret',
  'devsecret',
  'your_api_secret',
  'mysecret',
  'changeme',
  'livekit',
  'key1',
  'secret1',
]);

/** Is `secret` a word out of a manual, so that there is nothing to hide? */
export const isPublished = (secret: string): boolean => published.has(secret.toLowerCase());
