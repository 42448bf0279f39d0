// nag.cjs FOLDER TEMPLATE...: looks at templates of CloudFormation with cdk-nag's AwsSolutions, and writes what it finds to
// FOLDER/validation-report.json, where a construct is TEMPLATE/Template/LOGICAL-ID.
const path = require('path');
const { App, Stack, Validations } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
const { AwsSolutionsChecks } = require('cdk-nag');

const [outdir, ...templates] = process.argv.slice(2);
const app = new App({ outdir });
for (const templateFile of templates) {
  new CfnInclude(new Stack(app, path.basename(templateFile, '.json')), 'Template', { templateFile });
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
