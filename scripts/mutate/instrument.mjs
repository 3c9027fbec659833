// One file with all its mutants inside: each stands behind a number, and the environment says which one is awake.

import { parse } from '@babel/parser';
import { replacementsOf } from './operators.mjs';

/** The number of the mutant that is awake, for all instrumented files. */
export const VARIABLE = 'IMGDL_MUTANT';
/** Where a run without mutants writes down which ones it came by. */
export const SEEN_VARIABLE = 'IMGDL_MUTANTS_SEEN';

/**
 * @param {string} source an ES module
 * @param {number} first the number of the first mutant
 * @returns {{ code: string, mutants: { line: number, from: string, to: string }[] }}
 */
export function instrument(source, first) {
  const tree = parse(source, { sourceType: 'module' });
  const mutants = [];
  const text = (node) => source.slice(node.start, node.end);

  /** The source of a node, with the mutants of all that is inside. */
  function rewritten(node) {
    const inner = children(node);
    let out = '';
    let at = node.start;
    for (const child of inner) {
      // { name } and import { name } have two nodes for one piece of source.
      if (child.start < at) continue;
      out += source.slice(at, child.start) + rewritten(child);
      at = child.end;
    }
    out += source.slice(at, node.end);
    return isReplaceable(node) ? withMutants(node, out) : out;
  }

  function withMutants(node, original) {
    let out = original;
    for (const to of replacementsOf(node, text)) {
      const number = first + mutants.length;
      mutants.push({ line: node.loc.start.line, from: text(node), to });
      out = `(__awake(${number}) ? (${to}) : ${out})`;
    }
    return out === original ? original : out;
  }

  mark(tree.program);
  return { code: `${PRELUDE}\n${rewritten(tree.program)}\n`, mutants };
}

// On one line. The environment is read once: what is asked for each character of a text must cost next to nothing.
const PRELUDE = `import { appendFileSync as __append } from 'node:fs'; const __file = process.env.${SEEN_VARIABLE};\
 const __seen = new Set(); const __mutant = process.env.${VARIABLE} ? Number(process.env.${VARIABLE}) : -1;\
 const __awake = __file ? (number) => { if (!__seen.has(number)) { __seen.add(number); __append(__file, number + '\\n'); } return false; }\
 : (number) => number === __mutant;`;

/** Gives each node what an operator must know of the place it stands in. */
function mark(node, parent, key) {
  node.decides = key === 'test' && ['IfStatement', 'ConditionalExpression'].includes(parent?.type);
  node.isStatement = parent?.type === 'ExpressionStatement';
  node.isFixed = isFixed(parent, key);
  for (const [name, child] of entries(node)) mark(child, node, name);
}

/** Where an expression may not be wrapped in parentheses, or means something else then. */
function isFixed(parent, key) {
  if (!parent) return true;
  const place = `${parent.type}.${key}`;
  return (
    /^(Import|Export)/.test(parent.type) ||
    ['ObjectProperty.key', 'ClassProperty.key', 'ObjectMethod.key', 'ClassMethod.key'].includes(place) ||
    place === 'AssignmentExpression.left' ||
    // a?.b.c stops as a whole.
    (/^Optional/.test(parent.type) && (key === 'object' || key === 'callee'))
  );
}

function isReplaceable(node) {
  return !node.isFixed && /Expression$|Literal$/.test(node.type);
}

function children(node) {
  return entries(node)
    .map(([, child]) => child)
    .sort((left, right) => left.start - right.start);
}

function entries(node) {
  return Object.entries(node).flatMap(([key, value]) => {
    if (/^(loc|extra|leadingComments|trailingComments|innerComments)$/.test(key)) return [];
    return (Array.isArray(value) ? value : [value])
      .filter((child) => typeof child?.type === 'string')
      .map((child) => [key, child]);
  });
}
