import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { ResultDocument } from '../support/imgdl.js';

const validate = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL('../../schema/result.json', import.meta.url), 'utf8')),
);

const isList = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../schema/list.json', import.meta.url), 'utf8')),
);

const isEvent = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL('../../schema/event.json', import.meta.url), 'utf8')),
);

const isOfPartials = Object.fromEntries(
  (['status', 'clean'] as const).map((name) => [
    name,
    new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync(new URL(`../../schema/${name}.json`, import.meta.url), 'utf8')),
    ),
  ]),
);

/** The text is one line, and that is the document of `imgdl status` or `imgdl clean` by its schema. */
export function partialsOf(command: 'status' | 'clean', text: string): Record<string, unknown> {
  expect(text).toMatch(/^\{[^\n]*\}\n$/);
  const document = JSON.parse(text) as Record<string, unknown>;
  const validate = isOfPartials[command];
  validate?.(document);
  expect(validate?.errors).toBeNull();
  return document;
}

export interface ToldEvent {
  readonly type: string;
  readonly image: string | null;
  readonly code?: string;
}

/** Every line of the text is an event by the schema. */
export function eventsOf(text: string): readonly ToldEvent[] {
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => {
    const event = JSON.parse(line) as ToldEvent;
    isEvent(event);
    expect(isEvent.errors).toBeNull();
    return event;
  });
}

/** The text is one line, and that is a list by the schema. */
export function validList(text: string): void {
  expect(text).toMatch(/^\{[^\n]*\}\n$/);
  isList(JSON.parse(text));
  expect(isList.errors).toBeNull();
}

/** The document of several images. */
export interface SeveralDocument {
  readonly items: readonly ResultDocument[];
  readonly summary: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly bytes: number;
    readonly received: number;
  };
}

/** The text is one line, and that is a document by the schema. */
export function documentOf(text: string): ResultDocument {
  return validDocument(text) as ResultDocument;
}

/** As documentOf(), of several images. */
export function documentsOf(text: string): SeveralDocument {
  const document = validDocument(text) as SeveralDocument;
  expect(Object.keys(document)).toEqual(['schema', 'items', 'summary']);
  return document;
}

function validDocument(text: string): unknown {
  expect(text).toMatch(/^\{[^\n]*\}\n$/);
  const document: unknown = JSON.parse(text);
  validate(document);
  expect(validate.errors).toBeNull();
  return document;
}
