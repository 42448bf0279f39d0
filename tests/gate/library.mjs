// Looks at the constructs of cdk/ with cdk-nag's AwsSolutions, nothing suppressed; what it finds is in
// validation-report.json of CDK_OUTDIR.
import { App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Architecture, GeneratedSecret, SecretsPair } from 'cfn-secrets';

const app = new App();
const stack = new Stack(app, 'shop');
const architecture = process.arch === 'arm64' ? Architecture.ARM64 : Architecture.X86_64;
const pair = new SecretsPair(stack, 'Pair', { architecture });
const secret = new GeneratedSecret(stack, 'Secret', { pair, env: 'prod' });
new CfnOutput(stack, 'Password', { value: secret.password.unsafeUnwrap() });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
