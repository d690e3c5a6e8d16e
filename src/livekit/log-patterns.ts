/**
 * The lines with which livekit-server says why it does not start, in the order in which they are tried: what is
 * specific stands before what is general. livekit-server ends with status 0 then, so the line is all there is.
 */

export interface StartFailure {
  /** The check that finds the same cause ahead of time. */
  id: string;
  message: string;
  hint: string;
  docs?: string;
}

interface Pattern {
  id: string;
  /** Matched against everything the server printed without a timestamp; `^` and `$` are those of a line. */
  line: RegExp;
  /** What it means; `{1}` is the first group of `line`. */
  message: string;
  hint: string;
  /** First and last of the releases tried that print it. Absent: read off the sources, not recreated. */
  seen?: readonly [string, string];
}

const all = ['1.5.3', '1.13.5'] as const;

const patterns: readonly Pattern[] = [
  {
    id: 'livekit/tls-removed',
    line: /field tls not found in type config\.Config/,
    message: 'the LiveKit file has a top-level tls section, which livekit-server does not take',
    hint: 'remove tls:, and use http:// for livekit.internalHost and ws:// for livekit.host; TURN keeps its own certificate under turn:',
    seen: all,
  },
  {
    id: 'livekit/unknown-key',
    line: /line (\d+): field (\S+) not found in type (\S+)/,
    message: 'line {1} of the LiveKit file has the key {2}, which this livekit-server does not know',
    hint: 'bedrud livekit lint FILE says since when or until when the key exists; remove it or change the version',
    seen: all,
  },
  {
    id: 'livekit/duplicate-key',
    line: /line (\d+): mapping key "(.*)" already defined at line (\d+)/,
    message: 'the key {2} stands twice in the LiveKit file, at lines {3} and {1}',
    hint: 'keep one of the two',
    seen: all,
  },
  {
    id: 'livekit/wrong-kind',
    line: /line (\d+): cannot unmarshal (.+) into (.+)/,
    message: 'line {1} of the LiveKit file has a value of the wrong kind: {2}, where {3} is wanted',
    hint: 'bedrud livekit lint FILE shows the line and what to write',
    seen: all,
  },
  {
    id: 'node-ip/invalid',
    line: /could not parse config: (?:.*: )?invalid ip (.*)/,
    message: 'rtc.node_ip is "{1}", which is not an IP address',
    hint: 'set livekit.nodeIP (rtc.node_ip) to an address, such as 203.0.113.7',
    seen: ['1.10.1', '1.13.5'],
  },
  {
    id: 'livekit/yaml-empty',
    line: /could not parse config: EOF$/,
    message: 'the LiveKit file holds nothing but comments',
    hint: 'give it at least keys:; bedrud livekit render-config writes a whole file',
    seen: all,
  },
  {
    id: 'livekit/yaml-syntax',
    line: /could not parse config: yaml: (?!unmarshal errors)(.*)/,
    message: 'the LiveKit file is not valid YAML: {1}',
    hint: 'bedrud livekit lint FILE shows the line',
    seen: all,
  },
  {
    id: 'rtc/port-invalid',
    line: /could not parse config: ((?:invalid (?:start |end )?port|end port \d+ must be greater).*)/,
    message: 'rtc.udp_port is neither a port nor a range of ports: {1}',
    hint: 'write one port, such as 7882, or a range, such as 7882-7892',
    seen: all,
  },
  {
    id: 'livekit/wrong-kind',
    line: /could not parse config: :\d+:\d+ (.*)/,
    message: 'a message under room.room_configurations of the LiveKit file is wrong: {1}',
    hint: 'bedrud livekit lint FILE shows the line and what to write',
    seen: ['1.7.2', '1.13.5'],
  },
  {
    id: 'livekit/yaml-syntax',
    line: /could not parse config: (.*)/,
    message: 'livekit-server does not understand its configuration: {1}',
    hint: 'bedrud livekit lint FILE shows the line',
    seen: all,
  },
  {
    id: 'node-ip/unresolved',
    line: /could not resolve external IP/,
    message: 'livekit-server asked for its external address (use_external_ip), and no STUN server answered',
    hint: 'set livekit.nodeIP to the address clients reach this host at, and rtc.use_external_ip: false; or let UDP to the STUN servers out',
    seen: all,
  },
  {
    id: 'node-ip/none',
    line: /could not find local IP address/,
    message: 'livekit-server found no address of this host to tell clients',
    hint: 'set livekit.nodeIP to the address clients reach this host at',
  },
  {
    id: 'turn/domain-required',
    line: /^TURN domain required$/,
    message: 'turn.tls_port is set without turn.domain',
    hint: 'set livekit.turn.domain to a name the certificate covers, or drop tls_port for TURN over UDP only',
    seen: all,
  },
  {
    id: 'turn/domain-unusable',
    line: /^TURN domain is not correct$/,
    message: 'turn.domain is not a host name that livekit-server takes',
    hint: 'write a DNS name with at least two labels and nothing else: turn.example.com; no scheme, port, underscore or wildcard',
    seen: all,
  },
  {
    id: 'turn/no-port',
    line: /^invalid TURN ports$/,
    message: 'TURN is enabled, but neither udp_port nor tls_port is set',
    hint: 'set turn.udp_port: 3478, or turn.enabled: false',
    seen: all,
  },
  {
    id: 'tls/key-mismatch',
    line: /TURN tls cert required: tls: private key does not match public key/,
    message: "turn.key_file is not the key of turn.cert_file's certificate",
    hint: 'name the key that the certificate was made for',
    seen: all,
  },
  {
    id: 'turn/cert-unusable',
    line: /TURN tls cert required: (.*)/,
    message: "TURN's certificate or key cannot be loaded: {1}",
    hint: 'set turn.cert_file and turn.key_file to files in PEM that this user can read, or drop tls_port',
    seen: all,
  },
  {
    id: 'turn/node-ip-family',
    line: /^no matching node IP for relay$/,
    message: 'TURN listens on one address family and rtc.node_ip is of the other',
    hint: 'give turn.bind_addresses of the family of node_ip (["::"] for IPv6), or node_ip both: "203.0.113.7,2001:db8::7"',
    seen: ['1.10.1', '1.13.5'],
  },
  {
    id: 'node-ip/invalid',
    line: /RelayAddress must be valid IP/,
    message: 'rtc.node_ip is not an IP address that TURN can relay from',
    hint: 'set livekit.nodeIP (rtc.node_ip) to one address, such as 203.0.113.7; two between commas need 1.10 or later',
    seen: ['1.5.3', '1.9.12'],
  },
  {
    id: 'ports/in-use',
    line: /listen (tcp|udp)\d? (\S*?):(\d+): bind: address already in use/,
    message: '{1} port {3} is in use by another process, or by livekit-server itself for something else',
    hint: 'bedrud doctor --only ports/in-use names the owner; end it, or give one of the two another port',
    seen: all,
  },
  {
    id: 'ports/forbidden',
    line: /listen (tcp|udp)\d? (\S*?):(\d+): bind: permission denied/,
    message: '{1} port {3} may not be opened by this user',
    hint: 'use a port from 1024, or grant CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE)',
  },
  {
    id: 'bind/not-local',
    line: /listen (tcp|udp)\d? \[?(\S+?)\]?:(\d+): bind: cannot assign requested address/,
    message: '{2} is not an address of this host, so livekit-server cannot listen on it',
    hint: 'remove bind_addresses, or name an address that `ip address` lists',
    seen: all,
  },
  {
    id: 'ports/invalid',
    line: /address (\d+): invalid port/,
    message: '{1} is not a port',
    hint: 'write a port from 1 to 65535',
    seen: all,
  },
  {
    id: 'rtc/range-small',
    line: /^invalid port$/,
    message: 'rtc.port_range_start is above rtc.port_range_end',
    hint: 'swap the two; the default is 50000 to 60000',
    seen: all,
  },
  {
    id: 'keys/missing',
    line: /one of key-file or keys must be provided/,
    message: 'livekit-server has no API key',
    hint: 'set livekit.apiKey and livekit.apiSecret (keys: in the LiveKit file)',
    seen: all,
  },
  {
    id: 'keys/file-mode',
    line: /^key file others permissions must be set to 0$/,
    message: 'everybody on this host can read the key file, which livekit-server does not accept',
    hint: 'chmod 600 the file that key_file names',
    seen: all,
  },
  {
    id: 'keys/format',
    line: /Could not parse keys, it needs to be exactly, "key: secret"/i,
    message: 'LIVEKIT_KEYS is not "key: secret"',
    hint: 'write LIVEKIT_KEYS="APIkey: secret", with the space',
    seen: all,
  },
  {
    id: 'keys/file-missing',
    line: /^stat (.+): no such file or directory$/,
    message: 'the key file {1} does not exist',
    hint: 'correct key_file, or put the keys under keys:',
    seen: all,
  },
  {
    id: 'webhook/api-key',
    line: /^api_key is required to use webhooks$/,
    message: 'webhook.urls is set, but webhook.api_key is missing or is none of keys:',
    hint: 'set webhook.api_key to one of the keys',
    seen: all,
  },
  {
    id: 'livekit/turn-secret-mode',
    line: /turn secret file others permissions must be set to 0/,
    message:
      'everybody on this host can read a secret_file of rtc.turn_servers, which livekit-server does not accept',
    hint: 'chmod 600 that file',
    seen: ['1.13.5', '1.13.5'],
  },
  {
    id: 'livekit/node-selector',
    line: /^unsupported node selector$/,
    message: 'node_selector.kind is not one that livekit-server knows',
    hint: 'use any, cpuload, sysload or regionaware',
    seen: all,
  },
  {
    id: 'env/service-link',
    line: /could not parse "?(tcp:\/\/[^"\s]+)"? as .*(?:"|\$)?(LIVEKIT_\w+)/i,
    message:
      '{2} is {1}, which Kubernetes sets for a service of that name and livekit-server reads as an option',
    hint: 'set enableServiceLinks: false on the pod, or name the service differently',
    seen: all,
  },
  {
    id: 'compose/shell-entrypoint',
    line: /flag provided but not defined: (\S+)/,
    message:
      'livekit-server was called with {1}, which is no flag of it: a shell wrapper was passed to it as arguments',
    hint: "the image's entrypoint is livekit-server itself: drop sh -c, and pass its flags or LIVEKIT_CONFIG",
    seen: all,
  },
  {
    id: 'livekit/config-missing',
    line: /^open (.+): no such file or directory$/,
    message: 'the LiveKit file {1} does not exist',
    hint: 'correct livekit.configPath (LIVEKIT_CONFIG_PATH, --config), or mount the file',
    seen: all,
  },
  {
    id: 'livekit/config-unreadable',
    line: /^open (.+): permission denied$/,
    message: 'livekit-server may not read {1}',
    hint: 'give the user it runs as read access',
  },
  {
    id: 'redis/auth',
    line: /(?:NOAUTH|WRONGPASS|ERR AUTH|ERR invalid password)(.*)/,
    message: 'Redis refuses the credentials it was given',
    hint: 'set livekit.redis.username and password (redis: in the LiveKit file) to those of the Redis server',
    seen: all,
  },
  {
    id: 'redis/unreachable',
    line: /unable to connect to redis: (.*)/,
    message: 'Redis cannot be reached: {1}',
    hint: 'check livekit.redis.address (host:port, no scheme) and that Redis runs there',
    seen: all,
  },
  {
    id: 'sfu/panic',
    line: /^panic: (.*)/,
    message: 'livekit-server crashed: {1}',
    hint: 'bedrud explain version/known-bad lists releases that crash; use another release, or report it upstream with this line',
    seen: all,
  },
];

/** The table, for its test. */
export function startFailurePatterns(): readonly Pick<Pattern, 'id' | 'line' | 'seen'>[] {
  return patterns;
}

/**
 * What livekit-server's last words mean, or undefined when none of them is known.
 * @param text one line, or better all that went to stdout: an error may go over several lines, of which the first
 *   says the least. Only `panic: ` is found on stderr
 */
export function classifyStartFailure(text: string): StartFailure | undefined {
  for (const { id, line, message, hint } of patterns) {
    const match = new RegExp(line.source, `${line.flags}m`).exec(text);
    if (match !== null) return { id, message: fill(message, match), hint };
  }
  return undefined;
}

function fill(template: string, match: RegExpExecArray): string {
  return template.replace(/\{(\d)\}/g, (_, group: string) => match[Number(group)]?.trim() ?? '');
}
