/** The livekit-server that embedded mode would run. */
import { Failure } from '../../core/errors.ts';
import { binaryVersion, type FoundBinary, findBinary } from '../../sfu/binary.ts';
import type { FactSource } from './gather.ts';

export interface Binary {
  found?: FoundBinary;
  version?: string;
  /** Why there is none that runs. */
  problem?: { message: string; hint: string };
}

export async function lookForBinary({ question }: FactSource): Promise<Binary> {
  const { env, cwd } = question;
  let found: FoundBinary | undefined;
  try {
    found = await findBinary({ configured: question.config.config.livekit.binary, env, cwd });
    return found ? { found, version: await binaryVersion(found.path) } : {};
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const problem = { message: error.message, hint: error.hint };
    return found ? { found, problem } : { problem };
  }
}
