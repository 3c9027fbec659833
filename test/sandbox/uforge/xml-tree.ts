import sax from 'sax';

/** An element of a document that somebody else wrote: names without prefixes, children in their order. */
export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  /** Empty where there are children. */
  readonly text: string;
}

interface Growing {
  readonly name: string;
  readonly children: Growing[];
  text: string;
}

/** The root of a document. @throws Error when it is no XML */
export function parseXml(xml: string): Element {
  const parser = sax.parser(true, {});
  const top: Growing = { name: '', children: [], text: '' };
  const open: Growing[] = [top];
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = ({ name }) => {
    const element: Growing = { name: name.replace(/^.*:/, ''), children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  };
  parser.ontext = (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.onclosetag = () => void open.pop();
  parser.write(xml).close();
  const [root] = top.children;
  if (root === undefined) throw new Error('there is no root');
  return root;
}

/** All elements at `images/image`, below one. */
export function elementsAt(element: Element, path: string): readonly Element[] {
  return path
    .split('/')
    .reduce<readonly Element[]>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      [element],
    );
}

/** The text at `targetFormat/name`; undefined where there is no such element. */
export function textAt(element: Element, path: string): string | undefined {
  return elementsAt(element, path)[0]?.text;
}
