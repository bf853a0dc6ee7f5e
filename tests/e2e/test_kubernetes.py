#!/usr/bin/python3
"""The manifests for Kubernetes: every object holds to its schema, misspelt keys included, what they name is there, nothing runs as root, a
drain ends within its grace, and the containers' commands, run here beside each other with keys, bring an article into PostgreSQL."""
import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

import yaml

from support import postgres
from support.containers import Containers, unknown_options
from support.process import ROOT, run
from support.waiting import wait_for

FOLDER = ROOT / "deploy" / "kubernetes"
BASE = FOLDER / "base"
LAYERS = (BASE, FOLDER / "overlays" / "keda", FOLDER / "overlays" / "hpa")
CHECKER = ROOT / "tests" / "e2e" / "support" / "kubernetes.js"
MODULES = ROOT / "build-npm" / "node_modules"
ROLES = ("ingest", "analyze", "store", "http")
# Maps whose keys are the user's own, so that no schema knows them.
FREE = {"labels", "annotations", "matchLabels", "requests", "limits", "data", "selector of a Service", "metadata of a trigger"}
needs_kubectl = unittest.skipUnless(shutil.which("kubectl"), "no kubectl here")
needs_schemas = unittest.skipUnless(shutil.which("node") and (MODULES / "kubernetes-models").is_dir(),
                                    "no schemas here: deploy/install-packages --tests fetches them, where there is npm")


def written():
    """The objects as the files have them."""
    return [item for path in sorted(FOLDER.rglob("*.yaml")) if path.name != "kustomization.yaml"
            for item in yaml.safe_load_all(path.read_text())]


def rendered(folder):
    done = subprocess.run(["kubectl", "kustomize", folder], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def faults(objects):
    done = subprocess.run(["node", CHECKER, MODULES], input=json.dumps(objects), check=False, capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def misspelt(item, path=()):
    """Yields a copy of `item` for each key that a schema knows, with that key misspelt, and where it is."""
    def walk(value, path):
        if isinstance(value, list):
            for number, inner in enumerate(value):
                yield from walk(inner, (*path, number))
        if not isinstance(value, dict):
            return
        free = path and (path[-1] in FREE or item["kind"] == "Service" and path == ("spec", "selector")
                         or len(path) > 1 and path[0] == "spec" and path[1] == "triggers" and path[-1] == "metadata")
        for key, inner in value.items():
            if not free:
                yield (*path, key)
            yield from walk(inner, (*path, key))
    for where in walk(item, ()):
        if where[-1] in ("kind", "apiVersion"):
            continue
        wrong = copy.deepcopy(item)
        place = wrong
        for step in where[:-1]:
            place = place[step]
        place[f"{where[-1]}x"] = place.pop(where[-1])
        yield where, wrong


class Schemas(unittest.TestCase):
    @needs_schemas
    def test_what_is_written_holds_to_the_schemas(self):
        self.assertEqual(faults(written()), [])

    @needs_schemas
    @needs_kubectl
    def test_what_is_rendered_holds_to_the_schemas(self):
        for layer in LAYERS:
            self.assertEqual(faults(rendered(layer)), [], layer.name)

    @needs_schemas
    def test_any_misspelt_key_would_be_found(self):
        tried = [(item, where, wrong) for item in written() for where, wrong in misspelt(item)]
        self.assertGreater(len(tried), 400)
        for number, (_, _, wrong) in enumerate(tried):
            wrong.setdefault("metadata", {}).setdefault("annotations", {})["case"] = str(number)
            wrong["metadata"]["name"] = f"case-{number}-"
        found = "\n".join(faults([wrong for _, _, wrong in tried]))
        passed = [f"{item['kind']} {'.'.join(map(str, where))}" for number, (item, where, _) in enumerate(tried)
                  if f" case-{number}-:" not in found and where[:1] != ("metadata",)]
        self.assertEqual(passed, [])

    @needs_schemas
    def test_a_wrong_type_and_an_unknown_kind_would_be_found(self):
        item = next(item for item in written() if item["kind"] == "Deployment")
        wrong = copy.deepcopy(item)
        wrong["spec"]["replicas"] = "two"
        self.assertRegex("\n".join(faults([wrong])), "replicas")
        self.assertRegex("\n".join(faults([{**item, "kind": "Deploymend"}])), "has no Deploymend")


class Objects(unittest.TestCase):
    def setUp(self):
        self.objects = written()

    def of(self, *kinds):
        return [item for item in self.objects if item["kind"] in kinds]

    def workload(self, role):
        return next(item for item in self.of("StatefulSet", "Deployment") if item["metadata"]["name"] == f"newsmill-{role}")

    def test_every_file_is_in_a_kustomization(self):
        for layer in LAYERS:
            listed = yaml.safe_load((layer / "kustomization.yaml").read_text())["resources"]
            there = {path.name for path in layer.glob("*.yaml")} - {"kustomization.yaml"}
            self.assertEqual({name for name in listed if name.endswith(".yaml")}, there, layer)

    def test_ingest_has_a_volume_and_the_others_have_none(self):
        self.assertEqual(self.workload("ingest")["kind"], "StatefulSet")
        self.assertTrue(self.workload("ingest")["spec"]["volumeClaimTemplates"])
        for role in ROLES[1:]:
            self.assertEqual(self.workload(role)["kind"], "Deployment")

    def test_pods_are_closed(self):
        for item in self.of("StatefulSet", "Deployment", "Job"):
            pod = item["spec"]["template"]["spec"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertIs(pod["automountServiceAccountToken"], False)
            for container in pod["containers"]:
                self.assertEqual(container["securityContext"], {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                                "capabilities": {"drop": ["ALL"]}})
                self.assertIn("memory", container["resources"]["limits"])

    def test_probes_ask_a_port_that_is_there(self):
        for role in ROLES:
            container, = self.workload(role)["spec"]["template"]["spec"]["containers"]
            ports = {port["name"] for port in container["ports"]}
            for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
                asked = container[probe]["httpGet"]
                self.assertEqual((asked["path"], asked["port"] in ports), (path, True), f"{role} {probe}")

    def test_an_analyzer_is_not_killed_for_one_long_article(self):
        probe = self.workload("analyze")["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]
        article_ms = int(re.search(r"^#article-ms = (\d+)$", run("config").stdout, re.M).group(1))
        self.assertGreater(1000 * probe["periodSeconds"] * probe["failureThreshold"], 1.5 * article_ms)

    def test_a_drain_ends_within_the_grace(self):
        drain_ms = int(re.search(r"^drain-ms = (\d+)$", (BASE / "newsmill.conf").read_text(), re.M).group(1))
        for role in ROLES:
            grace = self.workload(role)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
            self.assertLess(drain_ms + 10000, 1000 * grace, role)

    def test_the_program_knows_the_options(self):
        for item in self.of("StatefulSet", "Deployment", "Job"):
            for container in item["spec"]["template"]["spec"]["containers"]:
                self.assertEqual(unknown_options(container["args"]), [], item["metadata"]["name"])
        with tempfile.TemporaryDirectory(prefix="nm-k8s-", dir="/tmp") as folder:
            done = run("status", "--data", folder, "--config", BASE / "newsmill.conf")
            self.assertNotEqual(done.returncode, 2, done.stderr)

    def labels(self, role):
        """Of the pods of a role; kustomize adds the name to all of them."""
        return {"app.kubernetes.io/name": "newsmill", **self.workload(role)["spec"]["template"]["metadata"]["labels"]}

    def test_selectors_mean_the_pods_they_should(self):
        wanted = {"newsmill-work": "ingest", "newsmill-push": "ingest", **{f"newsmill-{role}": role for role in ROLES}}
        for item in self.of("Service", "PodDisruptionBudget", "StatefulSet", "Deployment"):
            selector = item["spec"]["selector"] if item["kind"] == "Service" else item["spec"]["selector"]["matchLabels"]
            meant = [role for role in ROLES if selector.items() <= self.labels(role).items()]
            self.assertEqual(meant, [wanted[item["metadata"]["name"]]], f"{item['kind']} {item['metadata']['name']}")
        self.assertEqual(self.workload("ingest")["spec"]["serviceName"], "newsmill-work")
        work = next(item for item in self.of("Service") if item["metadata"]["name"] == "newsmill-work")
        self.assertTrue(work["spec"]["publishNotReadyAddresses"], "workers would leave an ingest whose backlog is full")

    def test_every_role_has_a_budget_and_somebody_who_scales_it(self):
        self.assertEqual(len(self.of("PodDisruptionBudget")), len(ROLES))
        for kind in ("ScaledObject", "HorizontalPodAutoscaler"):
            self.assertEqual({item["spec"]["scaleTargetRef"]["name"] for item in self.of(kind)}, {"newsmill-analyze", "newsmill-store"})

    def test_keda_takes_it(self):
        """Its admission webhook, before version 2.18, refuses a fallback where no trigger averages."""
        for item in self.of("ScaledObject"):
            averages = any(trigger.get("metricType", "AverageValue") == "AverageValue" for trigger in item["spec"]["triggers"])
            self.assertTrue(averages or "fallback" not in item["spec"], item["metadata"]["name"])

    def test_nothing_is_open_that_is_not_named(self):
        policies = {item["metadata"]["name"]: item["spec"] for item in self.of("NetworkPolicy")}
        nothing = policies["newsmill-nothing"]
        self.assertEqual((set(nothing["policyTypes"]), "ingress" in nothing, "egress" in nothing), ({"Ingress", "Egress"}, False, False))
        ports = {port["port"] for spec in policies.values() for rule in (*spec.get("ingress", ()), *spec.get("egress", ()))
                 for port in rule["ports"]}
        self.assertEqual(ports, {53, 5432, 5552, 5553, 8088, 9090})

    def test_it_scales_on_a_metric_that_there_is(self):
        name = "newsmill_stage_oldest_seconds"
        for item in self.of("ScaledObject", "HorizontalPodAutoscaler"):
            self.assertIn(name, json.dumps(item))
        self.assertIn(f"`{name}`", (ROOT / "deploy" / "metrics.md").read_text())


class Rendered(unittest.TestCase):
    @needs_kubectl
    def test_the_autoscaler_alone_says_how_many(self):
        for layer in LAYERS:
            counts = {item["metadata"]["name"]: item["spec"].get("replicas") for item in rendered(layer) if item["kind"] == "Deployment"}
            self.assertEqual(counts.pop("newsmill-http"), 2)  # it is not what waits
            self.assertEqual(set(counts), {"newsmill-analyze", "newsmill-store"})
            self.assertEqual(all(count is None for count in counts.values()), layer != BASE, layer)

    @needs_kubectl
    def test_all_pods_have_the_name_that_policies_ask_for(self):
        for item in rendered(BASE):
            if item["kind"] in ("StatefulSet", "Deployment", "Job"):
                self.assertEqual(item["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"], "newsmill")
                self.assertEqual(item["metadata"]["namespace"], "newsmill")
                image = item["spec"]["template"]["spec"]["containers"][0]["image"]
                self.assertEqual(image, f"newsmill:{run('--version').stdout.split()[1]}")


class Commands(unittest.TestCase):
    def test_they_bring_an_article_into_the_database(self):
        with tempfile.TemporaryDirectory(prefix="nm-k8s-", dir="/tmp") as name:
            folder = pathlib.Path(name)
            made = run("keys", "make", "ingest", "worker", "crawler", "http", "--keys", folder / "key")
            self.assertEqual(made.returncode, 0, made.stderr)
            for allowed, who in (("allow-workers", "worker"), ("allow-producers", "crawler"), ("allow-producers", "http")):
                (folder / allowed).mkdir(exist_ok=True)
                shutil.copy(folder / "key" / f"{who}.pub", folder / allowed)
            containers = Containers(folder, {"/var/lib/newsmill": folder, "/etc/newsmill": folder, "$(POD_NAME)": "newsmill-ingest-0"},
                                    ("newsmill-work", "newsmill-push"))
            self.addCleanup(containers.close)
            database = postgres.shared_cluster().new_database()
            objects = {item["metadata"]["name"]: item for item in written() if item["kind"] in ("StatefulSet", "Deployment", "Job")}
            for role in ("migrate", *ROLES):
                container, = objects[f"newsmill-{role}"]["spec"]["template"]["spec"]["containers"]
                options = containers.here((BASE / "newsmill.conf").read_text(), role)
                (folder / f"{role}.conf").write_text(options)
                containers.start(role, container["args"], {"NEWSMILL_CONFIG": str(folder / f"{role}.conf"), "NEWSMILL_DB": database})
                if role == "migrate":
                    self.assertEqual(containers.processes[role].wait(60), 0, containers.processes[role].tail())
            containers.wait_listening(5552, "ingest")
            done = run("push", "--to", f"tcp://127.0.0.1:{containers.port(5552)}", "--key", folder / "key" / "crawler.key", "--server-key",
                       folder / "key" / "ingest.pub", "-", stdin='{"body": "Talks resumed in Oslo."}\n')
            self.assertEqual(done.returncode, 0, done.stderr)
            containers.wait_listening(8088, "http")
            request = urllib.request.Request(f"http://127.0.0.1:{containers.port(8088, 'http')}/articles",
                                             b'{"body": "Talks resumed in Bern."}', {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.assertEqual(answer.status, 200)
            wait_for(lambda: postgres.value(database, "SELECT count(*) FROM newsmill.articles") == 2, 60, "two rows")
            for role in reversed(ROLES):
                self.assertEqual(containers.processes[role].terminate(60), 0)


if __name__ == "__main__":
    unittest.main()
