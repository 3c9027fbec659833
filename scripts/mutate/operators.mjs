// What a careless change could do to an expression: each operator gives the texts that may stand in its place.
//
// Words for people are left alone: a test pins the code of an error, the docs its sentences.

const SWAPS = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
};

const METHODS = {
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  min: 'max',
  max: 'min',
  toLowerCase: null,
  toUpperCase: null,
  trim: null,
  filter: null,
  slice: null,
  sort: null,
};

/**
 * @param node of Babel's syntax tree, an expression
 * @param {(node) => string} text what stands in the source
 * @returns {string[]} what could stand there instead
 */
export function replacementsOf(node, text) {
  // What stands there already would be no change.
  return [...ofItself(node, text), ...(node.decides ? ['true', 'false'] : [])].filter((to) => to !== text(node));
}

function ofItself(node, text) {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return swapped(node, text);
    case 'UnaryExpression':
      return node.operator === '!' ? [text(node.argument)] : [];
    case 'BooleanLiteral':
      return [String(!node.value)];
    case 'NumericLiteral':
      return [String(node.value + 1)];
    case 'StringLiteral':
      return isWord(node.value) ? ["''"] : [];
    case 'ArrayExpression':
      return node.elements.length > 0 ? ['[]'] : [];
    case 'ArrowFunctionExpression':
      return node.body.type === 'BlockStatement' || node.async ? [] : ['() => undefined'];
    case 'OptionalMemberExpression':
    case 'OptionalCallExpression':
      return [text(node).replace(/\?\.([[(])?/, (_, bracket) => bracket ?? '.')];
    case 'CallExpression':
    case 'AwaitExpression':
      return [...(node.isStatement ? ['undefined'] : []), ...ofCall(node, text)];
    default:
      return [];
  }
}

function swapped(node, text) {
  const operator = SWAPS[node.operator];
  // `+` joins text as often as it adds; the text of a message may go missing unseen.
  const joinsText = node.operator === '+' && [node.left, node.right].some((side) => /String|Template/.test(side.type));
  return operator === undefined || joinsText ? [] : [`(${text(node.left)}) ${operator} (${text(node.right)})`];
}

function ofCall(node, text) {
  const { callee } = node;
  if (callee?.type !== 'MemberExpression' || callee.computed || !Object.hasOwn(METHODS, callee.property.name))
    return [];
  const other = METHODS[callee.property.name];
  const object = text(callee.object);
  return [other === null ? object : `${object}.${other}(${node.arguments.map(text).join(', ')})`];
}

/** A name, a code or a unit, not a sentence. */
function isWord(value) {
  return value !== '' && !/\s/.test(value);
}
