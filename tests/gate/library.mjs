// Looks at the constructs of cdk/ with cdk-nag's AwsSolutions, nothing suppressed; what it finds is in
// validation-report.json of CDK_OUTDIR.
import { App, CfnOutput, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Architecture, GeneratedSecret, SecretsPair } from 'cfn-secrets';

const app = new App({ autoSynth: false }); // which would happen a second time, with CDK_OUTDIR
const stack = new Stack(app, 'shop');
const architecture = process.arch === 'arm64' ? Architecture.ARM64 : Architecture.X86_64;
const pair = new SecretsPair(stack, 'Pair', { architecture });
const secret = new GeneratedSecret(stack, 'Secret', { pair, env: 'prod' });
new CfnOutput(stack, 'Password', { value: secret.password.unsafeUnwrap() });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
try {
  app.synth();
} catch (error) {
  if (!`${error}`.includes('validation-report.json')) throw error; // found something, and wrote it down
}
