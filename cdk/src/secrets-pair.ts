import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Fn, Stack, Token } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct, IConstruct } from 'constructs';
import { PairParameters } from './generated/properties';
import { PAIR } from './generated/shapes';
import { spelled } from './shape';
import { Template } from './template';

/** What a release puts beside the code: the translated template, and the functions for each architecture. */
const ARCHIVES = path.join(__dirname, '..', 'archives');

const DEFAULT_NAME = 'cfn-secrets';

/** The generator and the getter, wherever they were deployed. */
export interface ISecretsPair extends IConstruct {
  /** The function that makes secrets. */
  readonly generatorArn: string;

  /** The function that reads them. */
  readonly getterArn: string;

  /** The function that copies them to where others look; of a pair that has prefixes for it. */
  readonly publisherArn: string;

  /**
   * Lets somebody invoke the getter, and so read **every** secret of the pair: a reader of one env takes the pair's
   * `ReaderPolicyArn`.
   */
  grantRead(grantee: iam.IGrantable): iam.Grant;
}

/** The two functions of a pair that is there already. */
export interface PairArns {
  /** The function that makes secrets. */
  readonly generatorArn: string;

  /** The function that reads them. */
  readonly getterArn: string;

  /**
   * The function that copies them to where others look.
   *
   * @default - the pair has none
   */
  readonly publisherArn?: string;
}

/** What a `SecretsPair` is made of. */
export interface SecretsPairProps extends PairParameters {
  /**
   * The folder of a release that the template and the archives are taken from.
   *
   * @default - the one in this package
   */
  readonly archives?: string;
}

abstract class PairBase extends Construct implements ISecretsPair {
  public abstract readonly generatorArn: string;
  public abstract readonly getterArn: string;
  public abstract readonly publisherArn: string;

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [this.getterArn] });
  }
}

class ImportedPair extends PairBase {
  public readonly generatorArn: string;
  public readonly getterArn: string;

  constructor(scope: Construct, id: string, private readonly arns: PairArns) {
    super(scope, id);
    this.generatorArn = arns.generatorArn;
    this.getterArn = arns.getterArn;
  }

  public get publisherArn(): string {
    if (!this.arns.publisherArn) throw new Error(`${this.node.path} has no publisher: give its publisherArn`);
    return this.arns.publisherArn;
  }
}

/**
 * The pair itself: two functions with a role each, a table and a key. It is what `template.yaml` describes, of which
 * nothing is left that these props switch off.
 */
export class SecretsPair extends PairBase {
  /** The pair that is called so in this account and region, by the exports of its stack. */
  public static fromPairName(scope: Construct, id: string, pairName: string): ISecretsPair {
    const of = (output: string) => Fn.importValue(`${pairName}-${output}`);
    const [generatorArn, getterArn, publisherArn] = ['GeneratorArn', 'GetterArn', 'PublisherArn'].map(of);
    return new ImportedPair(scope, id, { generatorArn, getterArn, publisherArn });
  }

  /** A pair by the ARNs of its functions. */
  public static fromArns(scope: Construct, id: string, arns: PairArns): ISecretsPair {
    return new ImportedPair(scope, id, arns);
  }

  /**
   * The pair that is called `cfn-secrets`, once in each stack.
   *
   * @internal
   */
  public static default(scope: Construct): ISecretsPair {
    const stack = Stack.of(scope);
    const found = stack.node.tryFindChild(DEFAULT_NAME) as ImportedPair | undefined;
    return found ?? SecretsPair.fromPairName(stack, DEFAULT_NAME, DEFAULT_NAME);
  }

  public readonly getterArn: string;

  private readonly template: CfnInclude;

  constructor(scope: Construct, id: string, props: SecretsPairProps = {}) {
    super(scope, id);
    const folder = props.archives ?? ARCHIVES;
    this.template = include(this, Template.of(path.join(folder, 'template.json'), spelled(PAIR, props)));
    for (const made of this.template.node.children) {
      if (made instanceof lambda.CfnFunction) this.giveCode(made, folder);
    }
    this.getterArn = this.function('GetterFunction')!.attrArn;
  }

  public get generatorArn(): string {
    const generator = this.function('GeneratorFunction');
    if (!generator) throw new Error(`${this.node.path} is readOnly: it has no generator, and nothing can be made by it`);
    return generator.attrArn;
  }

  public get publisherArn(): string {
    const publisher = this.function('PublisherFunction');
    if (!publisher) throw new Error(`${this.node.path} has no publisher: give it parameterPrefixes or secretPrefixes`);
    return publisher.attrArn;
  }

  /** An output of the pair's template, such as `TableName`, `KeyArn` or `ReaderPolicyArn`. */
  public output(name: string): string {
    return Token.asString(this.template.getOutput(name).value);
  }

  private function(logicalId: string): lambda.CfnFunction | undefined {
    return this.template.node.tryFindChild(logicalId) as lambda.CfnFunction | undefined;
  }

  /** The archive that the template names, as an asset. */
  private giveCode(made: lambda.CfnFunction, folder: string): void {
    const { s3Key } = made.code as lambda.CfnFunction.CodeProperty;
    const archive = path.join(folder, s3Key!);
    if (!fs.existsSync(archive)) throw new Error(`there is no ${archive}: give another architecture, or archives that have it`);
    const asset = new Asset(this, `${made.node.id}Code`, { path: archive });
    made.code = { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey };
  }
}

/** CfnInclude reads a file and nothing else. */
function include(scope: Construct, template: Template): CfnInclude {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cfn-secrets-'));
  try {
    const templateFile = path.join(folder, 'template.json');
    fs.writeFileSync(templateFile, JSON.stringify(template.body));
    return new CfnInclude(scope, 'Template', { templateFile, parameters: template.unresolved, preserveLogicalIds: false });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
