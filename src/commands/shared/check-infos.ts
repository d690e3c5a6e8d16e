import type { RuleInfo } from '../../core/rule-info.ts';

/** What every finding's id is about, once each: the doctor's checks first, which look at more than a file. */
export async function checkInfos(): Promise<RuleInfo[]> {
  const [{ checks }, { configRules }, { liveKitRules }, { egressRules }, { otherInfos }] = await Promise.all([
    import('../../doctor/checks/index.ts'),
    import('../../config/rules/index.ts'),
    import('../../livekit/rules/index.ts'),
    import('../../livekit/rules/egress/index.ts'),
    import('./other-infos.ts'),
  ]);
  const infos = new Map<string, RuleInfo>();
  const all: readonly RuleInfo[] = [
    ...checks,
    ...configRules,
    ...liveKitRules,
    ...egressRules,
    ...otherInfos,
  ];
  for (const info of all) {
    if (!infos.has(info.id)) infos.set(info.id, info);
  }
  return [...infos.values()];
}
