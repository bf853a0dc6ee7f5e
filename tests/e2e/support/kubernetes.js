// Checks Kubernetes objects against the schemas that the npm packages kubernetes-models and @kubernetes-models/keda bring. Reads a JSON array on stdin,
// writes one line for each fault on stdout; argument 1 is the folder of the packages. Those schemas let unknown keys pass, as the API server does; here
// a key that the validator never looks at is a fault: it is misspelt, or in the wrong place.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const modules = path.resolve(process.argv[2]);

function modelOf(object) {
  const family = object.apiVersion.startsWith("keda.sh/") ? "@kubernetes-models/keda" : "kubernetes-models";
  const file = path.join(modules, family, object.apiVersion, `${object.kind}.js`);
  return fs.existsSync(file) ? require(file)[object.kind] : null;
}

// A stand-in for `value` that remembers which keys were looked at; maps are walked, and so have no unknown keys.
function watched(value, where, seen) {
  if (typeof value !== "object" || value === null) return value;
  const entry = { value, where, keys: new Set(), walked: Array.isArray(value) };
  seen.push(entry);
  const inner = {};
  for (const key of Object.keys(value)) inner[key] = watched(value[key], `${where}.${key}`, seen);
  return new Proxy(value, {
    get(target, key) {
      entry.keys.add(key);
      return Object.hasOwn(inner, key) ? inner[key] : target[key];
    },
    ownKeys(target) {
      entry.walked = true;
      return Reflect.ownKeys(target);
    },
  });
}

function faultsOf(object) {
  const name = `${object.kind} ${object.metadata && object.metadata.name}`;
  const model = modelOf(object);
  if (!model) return [`${name}: ${object.apiVersion} has no ${object.kind}`];
  const seen = [];
  const faults = [];
  try {
    model.prototype.validate.call(watched(object, "", seen));
  } catch (error) {
    faults.push(`${name}: ${error.message}`);
  }
  for (const { value, where, keys, walked } of seen)
    for (const key of walked ? [] : Object.keys(value))
      if (!keys.has(key)) faults.push(`${name}: ${where}.${key} is unknown`);
  return faults;
}

for (const object of JSON.parse(fs.readFileSync(0, "utf8")))
  for (const fault of faultsOf(object)) console.log(fault);
