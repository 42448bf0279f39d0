import { CustomResource, Duration, Lazy, SecretValue } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StoredSecretProperties } from './generated/properties';
import { STORED_SECRET } from './generated/shapes';
import { ISecretsPair, SecretsPair } from './secrets-pair';
import { spelled } from './shape';

/** How long CloudFormation waits: a function that fails to answer is tried again after one and two minutes more. */
export const SERVICE_TIMEOUT = Duration.seconds(300);

/** What a `StoredSecret` is made of. */
export interface StoredSecretProps extends StoredSecretProperties {
  /**
   * The pair whose getter reads it.
   *
   * @default - the pair that is called `cfn-secrets` in this account and region
   */
  readonly pair?: ISecretsPair;
}

/** A secret that is stored already, read by the getter: a `Custom::Secret`. */
export class StoredSecret extends Construct {
  private readonly resource: CustomResource;
  private readonly attributes = new Set<string>();

  constructor(scope: Construct, id: string, props: StoredSecretProps) {
    super(scope, id);
    const pair = props.pair ?? SecretsPair.default(this);
    const named = new Set(props.attributes);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::Secret',
      serviceToken: pair.getterArn,
      serviceTimeout: SERVICE_TIMEOUT,
      properties: {
        ...spelled(STORED_SECRET, props),
        // No more than somebody asks for: an answer has room for 4096 bytes.
        Attributes: Lazy.list({ produce: () => [...new Set([...named, ...this.attributes])].sort() }, { omitEmpty: true }),
      },
    });
  }

  /** The password, of a secret that is a text; of a JSON object, its field `password`. */
  public get password(): SecretValue {
    return this.field('password');
  }

  /**
   * A field of a secret that is a JSON object: with dots for fields inside others, `db.user`, and numbers for entries of
   * a list. Of a text also `UrlEncodedPassword`, of a key pair `PrivateKey`, of any `SecretString`.
   */
  public field(name: string): SecretValue {
    this.attributes.add(name);
    return SecretValue.resourceAttribute(this.resource.getAttString(name));
  }

  /** The number of the version that is read, which is no secret. */
  public get version(): string {
    return this.resource.getAttString('Version');
  }
}
