/** What a bedrud that was killed has left on this host. */
import { type Leftover, staleTempConfigs } from '../../sfu/temp-config.ts';

export function lookForLeftovers(): Promise<Leftover[]> {
  return staleTempConfigs();
}
