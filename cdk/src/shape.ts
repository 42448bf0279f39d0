/** From the props of a construct to the properties of a template: other spelling, the same values. */

import { SecretValue } from 'aws-cdk-lib';

/** How each prop is called in a template; where its value has props itself, with theirs. */
export interface Shape {
  readonly [prop: string]: string | readonly [string, Shape];
}

/** The properties that the props of a shape say; what belongs to no shape is the construct's own, and left out. */
export function spelled(shape: Shape, props: object): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const [prop, value] of Object.entries(props)) {
    const of = shape[prop];
    if (of === undefined || value === undefined) continue;
    if (typeof of === 'string') {
      properties[of] = value instanceof SecretValue ? value.unsafeUnwrap() : value;
    } else {
      const [name, inner] = of;
      properties[name] = Array.isArray(value) ? value.map((one) => spelled(inner, one)) : spelled(inner, value);
    }
  }
  return properties;
}
