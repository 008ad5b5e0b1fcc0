// Checks custom resources against their definitions' schemas; prints one problem a line. Argument: node_modules.
// The validators let unknown fields pass, so the keys of each spec are compared with those of the schema as well.
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const load = (module) => {
  const files = ["mjs", "js"].map((ending) => `${process.argv[2]}/${module}/index.${ending}`);
  return import(pathToFileURL(files.find(existsSync)));
};
const classes = {
  "keda.sh/v1alpha1": "@kubernetes-models/keda/keda.sh/v1alpha1",
  "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
  "gateway.networking.k8s.io/v1": "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1",
};
// From the CRDs: keda 2.15, prometheus-operator 0.80, gateway-api 1.2.
const specKeys = {
  ScaledObject: ["scaleTargetRef", "pollingInterval", "initialCooldownPeriod", "cooldownPeriod", "idleReplicaCount",
    "minReplicaCount", "maxReplicaCount", "advanced", "triggers", "fallback"],
  ServiceMonitor: ["selector", "endpoints", "namespaceSelector", "jobLabel", "targetLabels", "podTargetLabels"],
  PodMonitor: ["selector", "podMetricsEndpoints", "namespaceSelector", "jobLabel", "podTargetLabels"],
  PrometheusRule: ["groups"],
  HTTPRoute: ["parentRefs", "hostnames", "rules"],
};

let checked = 0;
for (const found of JSON.parse(readFileSync(0, "utf8"))) {
  if (!(found.apiVersion in classes)) continue;
  checked += 1;
  const name = `${found.kind}/${found.metadata.name}`;
  try {
    const { [found.kind]: Kind } = await load(classes[found.apiVersion]);
    new Kind(found).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
  for (const field of Object.keys(found.spec))
    if (!specKeys[found.kind].includes(field)) console.log(`${name}: spec.${field} is no field of ${found.kind}`);
}
console.error(`${checked} checked`);
