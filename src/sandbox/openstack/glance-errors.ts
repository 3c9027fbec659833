/** A query that Glance answers with 400 and these words. */
export class BadQuery extends Error {}
