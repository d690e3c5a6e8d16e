import { addressKind } from '../../core/ip.ts';
import { atLeast } from '../versions.ts';
import { type Edit, entries, find, lastOffset } from './edit.ts';
import type { Situation, Step } from './step.ts';

/** Since 1.10.0 it may hold two addresses and is checked; a mapping is read as nothing there, and refused before. */
export function rewriteNodeIp({ text, root, to, undecided }: Situation): Step | undefined {
  const pointer = '/rtc/node_ip';
  const entry = find(root, ['rtc', 'node_ip'])?.at(-1);
  if (entry === undefined || undecided.has(pointer)) return undefined;
  const { value } = entry;
  const at = entry.key.offset;
  const given =
    value.kind === 'mapping' ? entries(value).map(({ value: ip }) => ip.value) : value.value.split(',');
  const addresses = given.map((address) => address.trim()).filter(Boolean);
  const replace = (list: string[]): Edit => {
    const plain = list.length === 1 && !list[0]?.includes(':');
    // A mapping begins on the next line.
    const start = value.style === 'block' ? text.indexOf(':', entry.key.end) + 1 : value.offset;
    const written = plain ? list.join() : `"${list.join(',')}"`;
    return { start, end: lastOffset(text, value), text: value.style === 'block' ? ` ${written}` : written };
  };
  if (atLeast(to, '1.10.0')) {
    const wrong = addresses.find((address) => addressKind(address) === undefined);
    if (wrong !== undefined) {
      const finding: Step['finding'] = {
        id: 'node-ip/invalid',
        severity: 'error',
        message: `livekit-server ${to} does not start with node_ip "${wrong}": since 1.10.0 it has to be an IP address`,
        hint: 'write the address that this name stands for',
        pointer,
      };
      return { at, finding };
    }
    if (value.kind !== 'mapping') return undefined;
    const message = `node_ip was a mapping, which livekit-server ${to} takes for nothing: now ${addresses.join(',')}`;
    return {
      at,
      finding: { id: 'node-ip/mapping', severity: 'info', message, pointer },
      edit: replace(addresses),
    };
  }
  const [first] = addresses.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
  if (first === undefined || (value.kind !== 'mapping' && addresses.length < 2)) return undefined;
  const lost = addresses.filter((address) => address !== first);
  const finding: Step['finding'] = {
    id: 'node-ip/one-address',
    severity: lost.length > 0 ? 'warning' : 'info',
    message: `node_ip holds one address before 1.10.0: now ${first}${lost.length > 0 ? `, without ${lost.join(', ')}` : ''}`,
    pointer,
  };
  return { at, finding, edit: replace([first]) };
}
