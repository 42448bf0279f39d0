/**
 * A template in which what is known when an application is synthesised stands in the place of its parameters, conditions
 * and rules, as CloudFormation would put it there.
 */
import * as fs from 'fs';
import { Token } from 'aws-cdk-lib';

type Values = Record<string, unknown>;
interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
  readonly AllowedValues?: Array<string | number>;
  readonly MinValue?: number;
  readonly MaxValue?: number;
}
interface Rule {
  readonly RuleCondition: unknown;
  readonly Assertions: Array<{ readonly Assert: unknown; readonly AssertDescription: string }>;
}

/** Of the translated template: where the archives are is not known yet, but what they are called. */
const CODE = { CodeBucket: 'archives', CodeKeyPrefix: '' };

/** Of an `Fn::If` whose branch is nothing, or a `Ref` to it: what has it, has it not. */
const NOTHING = Symbol('AWS::NoValue');

export class Template {
  /** The template of a file, with values for some of its parameters and the defaults for the others. */
  public static of(file: string, given: Values): Template {
    const body = JSON.parse(fs.readFileSync(file, 'utf8'));
    return new Template(body, { ...given, ...CODE });
  }

  /** The template that is left. */
  public readonly body: Values;

  /** The values that are known to CloudFormation alone, by their parameters. */
  public readonly unresolved: Values = {};

  private readonly known: Values = {};
  private readonly conditions: Values;

  private constructor(template: any, given: Values) {
    for (const [name, parameter] of Object.entries<Parameter>(template.Parameters)) {
      const value = given[name] ?? parameter.Default;
      if ([value].flat().some(Token.isUnresolved)) this.unresolved[name] = value;
      else this.known[name] = checked(name, parameter, value);
    }
    this.conditions = template.Conditions;
    Object.values<Rule>(template.Rules).forEach((rule) => this.hold(rule));
    const left = (section: Values) => this.left(section);
    const resources = left(template.Resources) as Record<string, { DependsOn?: string | string[] }>;
    const unknown = Object.entries(this.conditions).filter(([, condition]) => this.truth(condition) === undefined);
    this.body = {
      AWSTemplateFormatVersion: template.AWSTemplateFormatVersion,
      Parameters: pick(template.Parameters, (name) => name in this.unresolved),
      Conditions: Object.fromEntries(unknown.map(([name, condition]) => [name, this.simplified(condition)])),
      Resources: resources,
      Outputs: left(template.Outputs),
    };
    for (const resource of Object.values(resources)) {
      if (resource.DependsOn) resource.DependsOn = [resource.DependsOn].flat().filter((other) => other in resources);
    }
  }

  /** What a section has under the conditions that hold, or may hold. */
  private left(section: Values): Values {
    const entries = Object.entries<any>(section).flatMap(([name, entry]) => {
      const { Condition: condition, ...rest } = entry;
      const truth = condition === undefined ? true : this.truth({ Condition: condition });
      if (truth === false) return [];
      return [[name, { ...(this.simplified(rest) as Values), ...(truth === undefined && { Condition: condition }) }]];
    });
    return Object.fromEntries(entries);
  }

  private hold(rule: Rule): void {
    if (this.truth(rule.RuleCondition) !== true) return;
    for (const { Assert, AssertDescription } of rule.Assertions) {
      if (this.truth(Assert) === false) throw new Error(AssertDescription);
    }
  }

  /** Whether a condition holds; undefined where CloudFormation alone can tell. */
  private truth(condition: any): boolean | undefined {
    const [[name, operands]] = Object.entries<any>(condition);
    switch (name) {
      case 'Condition': return this.truth(this.conditions[operands]);
      case 'Fn::Not': return negated(this.truth(operands[0]));
      case 'Fn::And': return all(operands.map((one: unknown) => this.truth(one)));
      case 'Fn::Or': return negated(all(operands.map((one: unknown) => negated(this.truth(one)))));
      case 'Fn::Equals': return equal(this.simplified(operands[0]), this.simplified(operands[1]));
      case 'Fn::EachMemberEquals': {
        const members = this.simplified(operands[0]);
        return Array.isArray(members) ? all(members.map((one) => equal(one, operands[1]))) : undefined;
      }
      case 'Fn::Contains': {
        const members = this.simplified(operands[0]);
        return Array.isArray(members) ? negated(all(members.map((one) => negated(equal(one, operands[1]))))) : undefined;
      }
      default: throw new Error(`a condition with ${name} is not understood`);
    }
  }

  /** A part of the template with what is known in its place. */
  private simplified(part: any): unknown {
    if (Array.isArray(part)) return part.map((one) => this.simplified(one)).filter((one) => one !== NOTHING);
    if (typeof part !== 'object' || part === null) return part;
    const entries = Object.entries<any>(part);
    if (entries.length === 1) {
      const [[name, operand]] = entries;
      if (name === 'Ref' && operand === 'AWS::NoValue') return NOTHING;
      if (name === 'Ref' && operand in this.known) return this.known[operand];
      if (name === 'Fn::Sub') return this.substituted(operand);
      if (name === 'Fn::If') {
        const truth = this.truth({ Condition: operand[0] });
        if (truth !== undefined) return this.simplified(operand[truth ? 1 : 2]);
        return { 'Fn::If': [operand[0], ...operand.slice(1).map((one: unknown) => this.branch(one))] };
      }
      if (name === 'Fn::Join') {
        const [delimiter, parts] = this.simplified(operand) as [string, unknown];
        const isText = Array.isArray(parts) && parts.every((one) => typeof one === 'string' && !Token.isUnresolved(one));
        return isText ? parts.join(delimiter) : { 'Fn::Join': [delimiter, parts] };
      }
    }
    const simplified = entries.map(([name, value]) => [name, this.simplified(value)]);
    return Object.fromEntries(simplified.filter(([, value]) => value !== NOTHING));
  }

  /** A branch that stays in the template has nothing as it is written. */
  private branch(part: unknown): unknown {
    const simplified = this.simplified(part);
    return simplified === NOTHING ? { Ref: 'AWS::NoValue' } : simplified;
  }

  private substituted(operand: string | [string, Values]): unknown {
    const [text, variables] = typeof operand === 'string' ? [operand, {}] : operand;
    const own = this.simplified(variables) as Values;
    const known: Values = { ...this.known, ...pick(own, (name) => typeof own[name] === 'string') };
    const filled = text.replace(/\$\{([A-Za-z:.]+)\}/g, (found, name) => (name in known ? String(known[name]) : found));
    const rest = pick(own, (name) => typeof own[name] !== 'string');
    if (Object.keys(rest).length > 0) return { 'Fn::Sub': [filled, rest] };
    return filled.includes('${') ? { 'Fn::Sub': filled } : filled;
  }
}

/** What CloudFormation would check of a parameter. */
function checked(name: string, parameter: Parameter, value: unknown): unknown {
  const isList = parameter.Type === 'CommaDelimitedList';
  const list = isList && !Array.isArray(value) ? String(value).split(',') : value;
  for (const one of Array.isArray(list) ? list : [list]) {
    const fail = (rule: string) => {
      throw new Error(`${name} is ${JSON.stringify(one)}, and must be ${rule}`);
    };
    if (parameter.AllowedPattern && !new RegExp(parameter.AllowedPattern).test(String(one))) fail(`like ${parameter.AllowedPattern}`);
    const allowed = parameter.AllowedValues?.map(String);
    if (allowed && !allowed.includes(String(one))) fail(`one of ${allowed.join(', ')}`);
    if (parameter.MinValue !== undefined && Number(one) < parameter.MinValue) fail(`${parameter.MinValue} or more`);
    if (parameter.MaxValue !== undefined && Number(one) > parameter.MaxValue) fail(`${parameter.MaxValue} or less`);
  }
  return typeof value === 'boolean' ? String(value) : list;
}

function equal(one: unknown, other: unknown): boolean | undefined {
  const isKnown = (value: unknown) => typeof value !== 'object';
  return isKnown(one) && isKnown(other) ? String(one) === String(other) : undefined;
}

function all(truths: Array<boolean | undefined>): boolean | undefined {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

function negated(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth;
}

function pick<T>(from: Record<string, T>, wanted: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => wanted(name)));
}
