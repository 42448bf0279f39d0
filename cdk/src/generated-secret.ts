import { CustomResource, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { GeneratedSecretProperties } from './generated/properties';
import { GENERATED_SECRET } from './generated/shapes';
import { ISecretsPair, SecretsPair } from './secrets-pair';
import { spelled } from './shape';
import { SERVICE_TIMEOUT, StoredSecret } from './stored-secret';

/** What a `GeneratedSecret` is made of. */
export interface GeneratedSecretProps extends GeneratedSecretProperties {
  /**
   * The pair that makes and reads it.
   *
   * @default - the pair that is called `cfn-secrets` in this account and region
   */
  readonly pair?: ISecretsPair;

  /**
   * What becomes of the secret when the stack is deleted, or an update takes it out.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE - kept, as long as a snapshot of the database may need it; not if
   * the creation of the stack fails
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A secret that the generator makes and nobody sees: a `Custom::GeneratedSecret`, and with its first reader a
 * `Custom::Secret`.
 */
export class GeneratedSecret extends Construct {
  /** The id of the version that is current: readable, not secret, another one after each rotation. */
  public readonly secretId: string;

  private readonly resource: CustomResource;
  private readonly pair: ISecretsPair;
  private reader?: StoredSecret;

  constructor(scope: Construct, id: string, props: GeneratedSecretProps) {
    super(scope, id);
    this.pair = props.pair ?? SecretsPair.default(this);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::GeneratedSecret',
      serviceToken: this.pair.generatorArn,
      serviceTimeout: SERVICE_TIMEOUT,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      properties: spelled(GENERATED_SECRET, props),
    });
    this.secretId = this.resource.ref;
  }

  /** The password, such as for `rds.Credentials.fromPassword`. After a rotation, the new one. */
  public get password(): SecretValue {
    return this.field('password');
  }

  /** A field of a JSON secret, such as `db.user`; and what else `StoredSecret.field` gives. */
  public field(name: string): SecretValue {
    // By its id, which each rotation changes: that is why CloudFormation runs the getter again.
    this.reader ??= new StoredSecret(this, 'Reader', { pair: this.pair, secretId: this.secretId });
    return this.reader.field(name);
  }

  /** What the generator tells of it and is no secret, such as `Version`, `EntropyBits` or `PublicKey`. */
  public attribute(name: string): string {
    return this.resource.getAttString(name);
  }
}
