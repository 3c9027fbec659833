// What became of the mutants, in words.

/** So many of a hundred must be noticed, in each file. */
export const LEAST_PERCENT = 85;

/** One file, with its survivors; what examine() gives. */
export function listOf({ file, mutants, survivors }) {
  const noticed = `${file}: ${mutants - survivors.length} of ${mutants} noticed, ${percent(mutants, survivors.length)}`;
  return [noticed, ...survivors.map((one) => `  dist/${file}.js:${one.line}  ${short(one.from)}  →  ${short(one.to)}`)];
}

/** All files. */
export function tableOf(rows) {
  const mutants = sum(rows.map((row) => row.mutants));
  const survivors = sum(rows.map((row) => row.survivors.length));
  return [
    '| file | mutants | noticed | |',
    '|---|--:|--:|--:|',
    ...rows.map((row) => line(`\`${row.file}\``, row.mutants, row.survivors.length)),
    line('all of them', mutants, survivors),
  ].join('\n');
}

/** The files whose tests are not good enough. */
export function failing(rows) {
  return rows
    .filter(({ mutants, survivors }) => 100 * (mutants - survivors.length) < LEAST_PERCENT * mutants)
    .map(({ file }) => file);
}

function line(name, mutants, survivors) {
  return `| ${name} | ${mutants} | ${mutants - survivors} | ${percent(mutants, survivors)} |`;
}

function percent(mutants, survivors) {
  return `${((100 * (mutants - survivors)) / mutants).toFixed(1)} %`;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function short(text) {
  const one = text.replace(/\s+/g, ' ');
  return one.length > 60 ? `${one.slice(0, 57)}…` : one;
}
