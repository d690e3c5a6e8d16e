import type { RuleInfo } from '../../core/rule-info.ts';

/** Every check and rule that bedrud has, once each: the doctor's first, which look at more than a file. */
export async function checkInfos(): Promise<RuleInfo[]> {
  const [{ checks }, { configRules }, { liveKitRules }, { egressRules }] = await Promise.all([
    import('../../doctor/checks/index.ts'),
    import('../../config/rules/index.ts'),
    import('../../livekit/rules/index.ts'),
    import('../../livekit/rules/egress/index.ts'),
  ]);
  const infos = new Map<string, RuleInfo>();
  for (const info of [...checks, ...configRules, ...liveKitRules, ...egressRules] as readonly RuleInfo[]) {
    if (!infos.has(info.id)) infos.set(info.id, info);
  }
  return [...infos.values()];
}
