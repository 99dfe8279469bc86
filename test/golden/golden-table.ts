import type { Reporter, TestModule } from 'vitest/node';

interface Line {
  cases: number;
  passed: number;
  failed: number;
  skipped: Map<string, number>;
}

function addModule(lines: Map<string, Line>, module: TestModule): void {
  for (const test of module.children.allTests()) {
    const file = test.parent.type === 'suite' ? test.parent.name : module.moduleId;
    if (!file.endsWith('.jsonl')) continue;
    const line = lines.get(file) ?? { cases: 0, passed: 0, failed: 0, skipped: new Map() };
    lines.set(file, line);
    const result = test.result();
    line.cases++;
    if (result.state === 'passed') line.passed++;
    else if (result.state === 'failed') line.failed++;
    else {
      const reason = (result.state === 'skipped' && result.note) || 'no reason given';
      line.skipped.set(reason, (line.skipped.get(reason) ?? 0) + 1);
    }
  }
}

/** Prints one line for each golden file: cases, passed, failed, and the skipped ones with their reason. */
export class GoldenTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = new Map<string, Line>();
    for (const module of modules) addModule(lines, module);
    console.log(
      `\n${'golden file'.padEnd(28)}${'cases'.padStart(7)}${'passed'.padStart(8)}${'failed'.padStart(8)}  skipped`,
    );
    for (const [file, line] of [...lines].sort()) {
      const skipped = [...line.skipped].map(([reason, count]) => `${count}: ${reason}`).join('; ') || '0';
      const counts = [line.cases, line.passed, line.failed].map((count, i) => `${count}`.padStart(i ? 8 : 7)).join('');
      console.log(`${file.padEnd(28)}${counts}  ${skipped}`);
    }
  }
}
