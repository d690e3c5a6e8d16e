/** What rendering needs and gives: plain data, so that the same input makes the same file anywhere. */
import type { Finding } from '../../core/finding.ts';

/** Where the server's certificate comes from; the shape of the configuration's own TLS mode. */
export type ServerTls =
  | { mode: 'none' }
  /** The certificate is fetched at run time: there is no file to hand to TURN. */
  | { mode: 'acme'; domain?: string }
  | { mode: 'manual' | 'system'; certFile: string; keyFile: string };

/** The part of Bedrud's configuration that ends up in LiveKit's. Keys and meanings are config.yaml's. */
export interface RenderInput {
  server: { host: string; port: number; domain?: string };
  tls: ServerTls;
  livekit: LiveKitSettings;
  /** Where LiveKit's webhooks arrive, when that isn't the server's own address. */
  webhookUrl?: string;
  /** Everything runs on one machine: a loopback address will do as node_ip. */
  dev?: boolean;
}

export interface LiveKitSettings {
  apiKey?: string;
  apiSecret?: string;
  external?: boolean;
  nodeIP?: string;
  /** The signal and API port of the embedded SFU; 7880, or the port of a loopback internalHost. */
  port: number;
  rtc: {
    tcpPort?: number;
    udpPort?: number;
    portRangeStart?: number;
    portRangeEnd?: number;
    useExternalIP?: boolean;
  };
  turn: {
    enabled?: boolean;
    domain?: string;
    udpPort?: number;
    tlsPort?: number;
    certFile?: string;
    keyFile?: string;
    externalTLS?: boolean;
    relayRangeStart?: number;
    relayRangeEnd?: number;
  };
  tls: { certFile?: string; keyFile?: string };
  redis: { address?: string; username?: string; password?: string; db?: number; tls?: boolean };
  /** LiveKit's own `room:` section, in its spelling. */
  room: Record<string, unknown>;
  webhook: { url?: string };
  logLevel?: string;
  /** LiveKit YAML merged last. */
  overrides: Record<string, unknown>;
}

/** What is known of the host the file is rendered for. {@link ../host-facts.ts} gathers them. */
export interface RenderFacts {
  /** The livekit-server release that will read the file. */
  version: string;
  /** The address this host talks to the world from; absent: no route. */
  outboundIp?: string;
  /** TURN's certificate; absent: nobody looked. */
  certificate?: CertificateFacts;
  /** Names that a lookup on this host didn't find. */
  unresolvable?: readonly string[];
}

export interface CertificateFacts {
  /** DNS names it is valid for, wildcards included; empty when it couldn't be read. */
  names: readonly string[];
  /** Why the pair can't be used, in words; `missing` when that is because a file can't be read here. */
  problem?: { text: string; missing: boolean };
}

/** A LiveKit configuration as a tree, keys in the order they are written. */
export type Tree = Record<string, unknown>;

export interface Rendered {
  config: Tree;
  yaml: string;
  /** Unsorted. Pointers are into Bedrud's config.yaml. */
  findings: Finding[];
}
