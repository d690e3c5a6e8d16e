import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the output with a line for each suite that was skipped for want of a server, then `N passed, N failed,
 * N skipped` alone on the last line, which people and CI read.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const lines: string[] = [];
    for (const module of modules) {
      if (module.children.size === 0 && module.state() === 'failed') count.failed += 1;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      for (const suite of module.children.allSuites()) {
        // Its tests, which a hook that failed kept from running, count as skipped.
        count.failed += suite.errors().length > 0 ? 1 : 0;
        if (suite.name.includes('(needs ')) lines.push(`skipped: ${suite.name}`);
      }
    }
    lines.push(`${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped`);
    process.on('exit', () => process.stdout.write(`\n${lines.join('\n')}\n`));
  }
}
