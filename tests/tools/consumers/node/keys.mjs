// Reads [{kind, private, public_pem, public_jwk}...] and prints for each reader which public key it finds in each private one, or
// null where it refuses: Node.js itself and ssh2 say it, jose signs with the one and verifies with the other.
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { importJWK, importPKCS8, importSPKI, SignJWT, jwtVerify } from "jose";
import ssh2 from "ssh2";

const ALGORITHMS = { rsa: "RS256", ed25519: "EdDSA", "ecdsa-p256": "ES256", "ecdsa-p384": "ES384" };

const read = {
    "Node.js": ({ private: text }) => createPublicKey(createPrivateKey(text)).export({ type: "spki", format: "pem" }),
    "npm jose": async ({ kind, private: text, public_pem, public_jwk }) => {
        const alg = ALGORITHMS[kind];
        const token = await new SignJWT({}).setProtectedHeader({ alg }).sign(await importPKCS8(text, alg));
        await jwtVerify(token, await importSPKI(public_pem, alg));
        if (public_jwk) await jwtVerify(token, await importJWK(JSON.parse(public_jwk), alg));
        return public_pem;
    },
    "npm ssh2": ({ private: text }) => {
        const key = ssh2.utils.parseKey(text);
        if (key instanceof Error) throw key;
        return `${key.type} ${key.getPublicSSH().toString("base64")}`;
    },
};

const keys = JSON.parse(readFileSync(0, "utf8"));
const found = {};
for (const [reader, publicKey] of Object.entries(read)) {
    found[reader] = [];
    for (const key of keys) {
        try {
            found[reader].push(await publicKey(key));
        } catch {
            found[reader].push(null);
        }
    }
}
console.log(JSON.stringify(found));
