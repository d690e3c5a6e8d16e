import { sees } from '../recreate.ts';

sees(
  'host/udp-buffers',
  'a kernel with its defaults',
  { host: { addresses: [], container: false, receiveBufferMax: 212_992 } },
  { severity: 'info', message: /rmem_max is 212992 bytes/, hint: /sysctl -w net\.core\.rmem_max/ },
);
