import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Comparison, faultsOf, pageOf, summaryOf } from './page.js';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const measured = JSON.parse(read('docs/reliability.json')) as Comparison;

describe('what was measured', () => {
  test.each([
    ['docs/reliability.md', pageOf],
    ['README.md', summaryOf],
  ])('stands in %s as it is in reliability.json', (path, textOf) => {
    expect(read(path)).toContain(`<!-- faults:begin -->\n\n${textOf(measured)}\n\n<!-- faults:end -->`);
  });

  test.each(['imgdl', 'imgdl glance'])('has no fault of %s', (name) => {
    const { faults, of } = faultsOf(measured, name);
    expect(faults).toBe(0);
    expect(of).toBeGreaterThan(20);
  });
});

test('a tool that is not there is shown as such, and one that was not measured, too', () => {
  const page = pageOf({
    schema: 1,
    tools: [
      { name: 'imgdl', version: '1', command: 'imgdl url' },
      { name: 'curl', version: null, command: 'curl' },
      { name: 'wget', version: '2', command: 'wget' },
    ],
    faults: [
      { id: 'none', title: 'Nothing.', cells: { imgdl: { outcome: 'right', exit: 0 }, curl: null, wget: null } },
      { id: 'x', title: 'A cut.', cells: { imgdl: { outcome: 'wrong', exit: 0 }, curl: null, wget: null } },
    ],
  });
  expect(page).toContain('| A cut. | **wrong, exit 0** | not installed | not measured |');
  expect(page).toContain('| **goes wrong** | 1 of 1 | – | – |');
  expect(page).toContain('| curl | not installed | `curl` |');
});
