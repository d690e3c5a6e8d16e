/**
 * The keys of the egress service's configuration, read off its config types (livekit/egress, September 2026). Names
 * in lower case without underscores are fields whose tag is misspelt there, so that yaml.v3 names them after the field.
 */
import { type Field, type FieldOf, fieldVariants, goType, variantFor } from '../table.ts';
import { pinnedVersion } from '../versions.ts';
import type { GoType } from '../yaml/index.ts';

export const egressRoot = 'config.ServiceConfig';

const storage = {
  prefix: 'string',
  generate_presigned_url: 'bool',
  s3: 'storage.S3Config',
  azure: 'storage.AzureConfig',
  gcp: 'storage.GCPConfig',
  alioss: 'storage.AliOSSConfig',
};

const types: Record<string, Record<string, string>> = {
  [egressRoot]: {
    nodeid: 'string',
    redis: 'redis.RedisConfig',
    api_key: 'string',
    api_secret: 'string',
    ws_url: 'string',
    logging: 'logger.Config',
    template_base: 'string',
    cluster_id: 'string',
    enable_chrome_sandbox: 'bool',
    max_upload_queue: 'int',
    disallow_local_storage: 'bool',
    io_create_timeout: 'time.Duration',
    io_update_timeout: 'time.Duration',
    io_selection_timeout: 'time.Duration',
    io_workers: 'int',
    session_limits: 'config.SessionLimits',
    storage: 'config.StorageConfig',
    backup: 'config.StorageConfig',
    s3_assume_role_key: 'string',
    s3_assume_role_secret: 'string',
    s3_assume_role_arn: 'string',
    s3_assume_role_external_id: 'string',
    insecure: 'bool',
    debug: 'config.DebugConfig',
    chrome_flags: 'map[string]interface {}',
    latency: 'config.LatencyConfig',
    latency_overrides: 'map[string]config.LatencyConfig',
    video_encoder_threads: 'uint:uint64',
    enable_one_shot_sender_report_sync: 'bool',
    enable_sync_engine: 'bool',
    audio_tempo_controller: 'config.AudioTempoController',
    test_overrides: 'config.TestOverrides',
    health_port: 'int',
    template_port: 'int',
    prometheus_port: 'int',
    debug_handler_port: 'int',
    pulse_sink_reap_grace_sec: 'int',
    cpu_cost: 'config.CPUCostConfig',
  },
  'logger.Config': {
    json: 'bool',
    level: 'string',
    component_levels: 'map[string]string',
    sample: 'bool',
    sample_initial: 'int',
    sample_interval: 'int',
    item_sample_seconds: 'int',
    item_sample_initial: 'int',
    item_sample_interval: 'int',
  },
  'config.SessionLimits': {
    file_output_max_duration: 'time.Duration',
    file_output_max_size: 'int64',
    stream_output_max_duration: 'time.Duration',
    segment_output_max_duration: 'time.Duration',
    image_output_max_duration: 'time.Duration',
  },
  'config.StorageConfig': storage,
  'config.DebugConfig': {
    enable_profiling: 'bool',
    enable_track_logging: 'bool',
    enable_stream_logging: 'bool',
    enable_chrome_logging: 'bool',
    ...storage,
  },
  'config.LatencyConfig': {
    jitter_buffer_latency: 'time.Duration',
    audio_mixer_latency: 'time.Duration',
    pipeline_latency: 'time.Duration',
    rtpmaxallowedtsdiff: 'time.Duration',
    rtpmaxdriftadjustment: 'time.Duration',
    rtpdriftadjustmentwindowpercent: 'float64',
    old_packet_threshold: 'time.Duration',
  },
  'config.AudioTempoController': { enabled: 'bool', adjustment_rate: 'float64' },
  'config.TestOverrides': { failure_injection_room: 'string', disconnect_injection_room: 'string' },
  'config.CPUCostConfig': {
    max_cpu_utilization: 'float64',
    max_memory: 'float64',
    memory_cost: 'float64',
    room_composite_cpu_cost: 'float64',
    audio_room_composite_cpu_cost: 'float64',
    sdk_audio_room_composite_cpu_cost: 'float64',
    sdk_audio_room_composite_memory_cost: 'float64',
    web_cpu_cost: 'float64',
    audio_web_cpu_cost: 'float64',
    participant_cpu_cost: 'float64',
    track_composite_cpu_cost: 'float64',
    track_cpu_cost: 'float64',
    max_pulse_clients: 'int',
    memory_source: 'config.MemorySource:string',
    memory_kill_grace_sec: 'int',
    cpu_kill_grace_sec: 'int',
  },
  'storage.S3Config': {
    access_key: 'string',
    secret: 'string',
    session_token: 'string',
    assume_role_arn: 'string',
    assume_role_external_id: 'string',
    region: 'string',
    endpoint: 'string',
    bucket: 'string',
    force_path_style: 'bool',
    proxy_config: 'storage.ProxyConfig',
    max_retries: 'int',
    max_retry_delay: 'time.Duration',
    min_retry_delay: 'time.Duration',
    metadata: 'map[string]string',
    tagging: 'string',
    content_disposition: 'string',
  },
  'storage.AzureConfig': { account_name: 'string', account_key: 'string', container_name: 'string' },
  'storage.GCPConfig': { credentials_json: 'string', bucket: 'string', proxy_config: 'storage.ProxyConfig' },
  'storage.AliOSSConfig': { access_key: 'string', secret: 'string', endpoint: 'string', bucket: 'string' },
  'storage.ProxyConfig': { url: 'string', username: 'string', password: 'string' },
};

/** The egress service's keys; those of redis are the SFU's. */
const fieldOf: FieldOf = (type, key) => {
  const own = types[type];
  if (own === undefined) return variantFor(fieldVariants(type, key), pinnedVersion);
  const name = Object.hasOwn(own, key) ? own[key] : undefined;
  return name === undefined ? undefined : ({ type: name, since: null, until: null } satisfies Field);
};

/** The type of the egress service's file, for decoding. */
export const egressType: GoType = goType(egressRoot, pinnedVersion, fieldOf);

/** The keys of a type of the egress service. */
export const egressKeys = (type: string): string[] => Object.keys(types[type] ?? {});
