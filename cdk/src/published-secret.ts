import { CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PublishedSecretProperties } from './generated/properties';
import { PUBLISHED_SECRET } from './generated/shapes';
import { ISecretsPair, SecretsPair } from './secrets-pair';
import { spelled } from './shape';
import { SERVICE_TIMEOUT } from './stored-secret';

/** What a `PublishedSecret` is made of. */
export interface PublishedSecretProps extends PublishedSecretProperties {
  /**
   * The pair whose publisher copies it: one that has `parameterPrefixes` or `secretPrefixes`.
   *
   * @default - the pair that is called `cfn-secrets` in this account and region
   */
  readonly pair?: ISecretsPair;

  /**
   * What becomes of the copy when the stack is deleted, or an update takes it out.
   *
   * @default RemovalPolicy.DESTROY - it goes; the secret itself is kept by what generated it
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** A copy of a secret in Parameter Store or Secrets Manager, where others look for it: a `Custom::PublishedSecret`. */
export class PublishedSecret extends Construct {
  private readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: PublishedSecretProps) {
    super(scope, id);
    const pair = props.pair ?? SecretsPair.default(this);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::PublishedSecret',
      serviceToken: pair.publisherArn,
      serviceTimeout: SERVICE_TIMEOUT,
      removalPolicy: props.removalPolicy,
      properties: spelled(PUBLISHED_SECRET, props),
    });
  }

  /** The ARN of the parameter, such as for `ecs.Secret`; where `parameter` is given. */
  public get parameterArn(): string {
    return this.resource.getAttString('ParameterArn');
  }

  /** The ARN of the secret in Secrets Manager; where `secret` is given. */
  public get secretArn(): string {
    return this.resource.getAttString('SecretArn');
  }

  /** What else the publisher tells of it, such as `ParameterVersion` or `SecretVersionId`. Never the secret. */
  public attribute(name: string): string {
    return this.resource.getAttString(name);
  }
}
