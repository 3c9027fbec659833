import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { ResultDocument } from '../support/imgdl.js';

const validate = new Ajv2020({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL('../../schema/result.json', import.meta.url), 'utf8')),
);

/** The text is one line, and that is a document by the schema. */
export function documentOf(text: string): ResultDocument {
  expect(text).toMatch(/^\{[^\n]*\}\n$/);
  const document: unknown = JSON.parse(text);
  validate(document);
  expect(validate.errors).toBeNull();
  return document as ResultDocument;
}
