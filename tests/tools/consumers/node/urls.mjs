// Reads {"postgres": [URL...], "redis": [URL...]} and prints the password that each parser finds in each, or null: by what
// the clients parse with themselves, since a client for each of thousands takes minutes. The first URL goes through a client
// as well, which must agree.
import assert from "node:assert";
import { readFileSync } from "node:fs";
import clients from "@redis/client/dist/lib/client/index.js";
import { Redis } from "ioredis";
import { parseURL } from "ioredis/built/utils/index.js";
import pg from "pg";
import { parse } from "pg-connection-string";
import { createClient } from "redis";

const { postgres, redis } = JSON.parse(readFileSync(0, "utf8"));
const tried = (read) => (url) => {
    try {
        return read(url).password ?? null;
    } catch {
        return null;
    }
};
const found = {
    "npm pg": postgres.map(tried(parse)),
    ioredis: redis.map(tried(parseURL)),
    "node-redis": redis.map(tried(clients.default.parseURL)),
};
if (postgres.length > 0) {
    assert.equal(new pg.Client({ connectionString: postgres[0] }).password, found["npm pg"][0]);
    assert.equal(new Redis(redis[0], { lazyConnect: true }).options.password, found.ioredis[0]);
    assert.equal(createClient({ url: redis[0] }).options.password, found["node-redis"][0]);
}
console.log(JSON.stringify(found));
