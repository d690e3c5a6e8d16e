/** Was an address written? Since 1.10.0 it is read into two fields. */
export function hasNodeIp(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some((text) => text !== '');
  return typeof value === 'string' && value !== '';
}
