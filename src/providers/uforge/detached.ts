/**
 * The same value made of new texts. A text that was cut out of a larger one keeps that alive: the name of an image, all
 * of the answer that it stood in.
 * @param value what JSON can say
 */
export function detached<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
