// client.js MODULE put|get: stores or reads the credentials that come as JSON on stdin, and prints what came of each.
const [module_, verb] = process.argv.slice(2);
const Credstash = require(`${process.env.CLIENTS}/node_modules/${module_}`);
const credstash = new Credstash({ awsOpts: { region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL } });

async function one({ name, value, version: text, digest, context }) {
  const version = Number(text); // which they pad; a text they do not
  if (verb === "get") return credstash.getSecret({ name, version, context });
  await credstash.putSecret({ name, secret: value, version, digest, context });
  return null;
}

async function all(credentials) {
  const results = [];
  for (const credential of credentials) results.push(await one(credential));
  console.log(JSON.stringify(results));
}

all(JSON.parse(require("fs").readFileSync(0))).catch((error) => {
  console.error(error);
  process.exit(1);
});
