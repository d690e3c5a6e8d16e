/** Every rule on files of the egress service, which ignores keys that it doesn't know, in the order in which they run. */
import { duplicateKey } from '../livekit/duplicate-key.ts';
import { placeholder } from '../livekit/placeholder.ts';
import { wrongKind } from '../livekit/wrong-kind.ts';
import { yamlSyntax } from '../livekit/yaml-syntax.ts';
import type { Rule } from '../rule.ts';
import { egressEmptyLogging } from './empty-logging.ts';
import { egressIgnoredKey } from './ignored-key.ts';
import { egressLocalFile } from './local-file-url.ts';
import { egressNoBackup } from './no-backup.ts';
import { egressPathStyle } from './path-style.ts';
import { egressRedisMissing } from './redis-missing.ts';
import { egressWsUrl } from './ws-url.ts';

export const egressRules: readonly Rule[] = [
  yamlSyntax,
  duplicateKey,
  wrongKind,
  egressIgnoredKey,
  egressEmptyLogging,
  egressRedisMissing,
  egressWsUrl,
  egressPathStyle,
  egressLocalFile,
  egressNoBackup,
  placeholder,
];
