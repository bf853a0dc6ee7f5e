#!/usr/bin/python3
"""The container image and the compose file: what they copy and run is there, nothing runs as root or writes to its root, and the
services' commands, run here beside each other, bring an article into PostgreSQL."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

import yaml

from support import postgres, sandbox
from support.containers import Containers, unknown_options
from support.process import ROOT, binary, environment, run
from support.waiting import wait_for

FOLDER = ROOT / "deploy" / "container"
COMPOSE = FOLDER / "compose.yaml"
FOREVER = {"ingest", "analyze", "store", "dashboard", "http"}


def stages(text):
    """[(FROM line, [(instruction, rest), …]), …] of a Containerfile."""
    found = []
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = line.split(None, 1)
        if word == "FROM":
            found.append((rest, []))
        else:
            found[-1][1].append((word, rest))
    return found


class Containerfile(unittest.TestCase):
    def setUp(self):
        self.stages = stages((FOLDER / "Containerfile").read_text())

    def test_it_has_stages_and_ends_as_nobody(self):
        self.assertEqual(len(self.stages), 2)
        build, final = self.stages
        self.assertRegex(build[0], r" AS build$")
        for base, _ in self.stages:
            self.assertRegex(base, r"^debian:\d+-slim( AS \w+)?$", "a base without a version, or with everything")
        last = dict(final[1])
        self.assertEqual(last["USER"], "10001:10001")
        self.assertEqual(last["ENTRYPOINT"], '["/usr/bin/newsmill"]')
        self.assertEqual(last["STOPSIGNAL"], "SIGTERM")
        self.assertNotIn("gcc", str(final))
        after_user = [word for word, _ in final[1]][[word for word, _ in final[1]].index("USER"):]
        self.assertNotIn("RUN", after_user)

    def test_what_it_copies_and_runs_is_there(self):
        for _, lines in self.stages:
            for word, rest in lines:
                self.assertNotEqual(word, "ADD")
                sources = rest.split()[:-1]
                if word == "COPY" and not rest.startswith("--from="):
                    self.assertTrue(all((ROOT / source).exists() for source in sources), rest)
                if word == "RUN":
                    script = ROOT / re.sub("^/package/", "deploy/container/", rest.split()[0])
                    self.assertTrue(os.access(script, os.X_OK), rest)
                if word == "RUN" and "install" in rest:
                    cleaned = "/var/lib/apt/lists" in rest + script.read_text()
                    self.assertTrue(cleaned, f"the layer keeps apt's lists: {rest}")

    def test_its_scripts_are_sound(self):
        for script in (FOLDER / "build", FOLDER / "install", ROOT / "deploy" / "install-packages"):
            shell = script.read_text().splitlines()[0].split("/")[-1]
            subprocess.run([shell, "-n", script], check=True)
        done = subprocess.run([FOLDER / "build"], check=False, capture_output=True, text=True)
        self.assertEqual((done.returncode, "FOLDER" in done.stdout), (2, True))

    def test_builds_stay_out_of_the_context(self):
        ignored = (ROOT / ".dockerignore").read_text().split()
        for name in (".git", "build", "build-*"):
            self.assertIn(name, ignored)

    @unittest.skipUnless(os.environ.get("NEWSMILL_E2E_SLOW"), "builds everything anew: NEWSMILL_E2E_SLOW=1 does it")
    def test_the_first_stage_makes_a_package_of_a_clean_source(self):
        with tempfile.TemporaryDirectory(prefix="nm-clean-", dir="/tmp") as folder:
            source = pathlib.Path(folder) / "source"
            files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                                   capture_output=True, text=True).stdout
            for name in filter(None, files.split("\0")):
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, source / name)
            done = subprocess.run([source / "deploy/container/build", pathlib.Path(folder) / "package"], check=False,
                                  capture_output=True, text=True, env=environment())
            self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
            package, = (pathlib.Path(folder) / "package").glob("newsmill_*.deb")
            subprocess.run(["dpkg-deb", "-x", package, pathlib.Path(folder) / "tree"], check=True)
            said = subprocess.run([pathlib.Path(folder) / "tree/usr/bin/newsmill", "--version"], check=True,
                                  capture_output=True, text=True).stdout
            self.assertEqual(said, run("--version").stdout)


class ReadOnly(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0, "only root can make its root read-only")
    def test_the_root_is_read_only_where_it_should_be(self):
        with tempfile.TemporaryDirectory(prefix="nm-ro-", dir="/tmp") as folder:
            done = subprocess.run(["sh", "-c", f"touch {folder}/in; touch /var/tmp/nm-out"], check=False, capture_output=True,
                                  text=True, preexec_fn=sandbox.read_only_root(folder))
            self.assertTrue((pathlib.Path(folder) / "in").exists())
            self.assertIn("Read-only file system", done.stderr)


class Compose(unittest.TestCase):
    def setUp(self):
        self.compose = yaml.safe_load(COMPOSE.read_text())
        self.services = self.compose["services"]
        self.ours = {name: service for name, service in self.services.items() if service["image"].startswith("newsmill:")}

    def test_ours_are_closed(self):
        self.assertGreaterEqual(set(self.ours), FOREVER | {"keys", "migrate"})
        for name, service in self.ours.items():
            self.assertEqual((service["user"], service["read_only"], service["cap_drop"]), ("10001:10001", True, ["ALL"]), name)
            self.assertIn("no-new-privileges:true", service["security_opt"])
            self.assertFalse({"privileged", "cap_add"} & set(service), name)
        for name, service in self.services.items():
            for port in service.get("ports", ()):
                self.assertTrue(port.startswith("127.0.0.1:"), f"{name} is open to everybody: {port}")

    def test_what_is_named_is_there(self):
        version = run("--version").stdout.split()[1]
        for name, service in self.services.items():
            for other in service.get("depends_on", ()):
                self.assertIn(other, self.services, name)
            for volume in service.get("volumes", ()):
                self.assertIn(volume.split(":")[0], self.compose["volumes"], name)
            for network in service.get("networks", ()):
                self.assertIn(network, self.compose["networks"], name)
        for name, service in self.ours.items():
            self.assertEqual(service["image"], f"newsmill:{version}", name)
            self.assertTrue((FOLDER / service["build"]["context"] / service["build"]["dockerfile"]).is_file())
            self.assertEqual(unknown_options(service["command"]) if "command" in service else [], [], name)

    def test_a_stop_leaves_time_to_drain(self):
        for name in FOREVER - {"dashboard"}:
            drain, = (int(word.split("=")[1]) for word in self.ours[name]["command"] if word.startswith("--drain-ms="))
            self.assertLess(drain + 10000, 1000 * int(self.ours[name]["stop_grace_period"].rstrip("s")), name)

    @unittest.skipUnless(shutil.which("docker-compose"), "no docker-compose here")
    def test_compose_takes_it(self):
        with tempfile.TemporaryDirectory(prefix="nm-compose-", dir="/tmp") as folder:
            path = pathlib.Path(folder, "compose.yaml")
            # Debian's docker-compose is older than the key "name".
            path.write_text(re.sub(r"(?m)^name: .*\n", "", COMPOSE.read_text()))
            done = subprocess.run(["docker-compose", "-f", path, "config", "-q"], check=False, capture_output=True, text=True,
                                  env=environment(NEWSMILL_PASSWORD="x"), timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            path.write_text(path.read_text().replace("read_only:", "readonly:"))
            done = subprocess.run(["docker-compose", "-f", path, "config", "-q"], check=False, capture_output=True, text=True,
                                  env=environment(NEWSMILL_PASSWORD="x"), timeout=60)
            self.assertNotEqual(done.returncode, 0, "a misspelt key is taken")

    def test_its_commands_bring_an_article_into_the_database(self):
        with tempfile.TemporaryDirectory(prefix="nm-compose-", dir="/tmp") as name:
            folder = pathlib.Path(name)
            containers = Containers(folder, {"/var/lib/newsmill": folder / "state"}, ("ingest",))
            self.addCleanup(containers.close)
            (folder / "state").mkdir()
            database = postgres.shared_cluster().new_database()

            def variables(service):
                return {key: database if key == "NEWSMILL_DB" else value
                        for key, value in self.ours[service].get("environment", {}).items()}
            keys = [containers.here(word, "keys") for word in self.ours["keys"]["entrypoint"]]
            subprocess.run(keys, check=True, env=environment(PATH=f"{pathlib.Path(binary()).resolve().parent}:/usr/bin:/bin"),
                           capture_output=True, timeout=60)
            migrate = containers.start("migrate", self.ours["migrate"]["command"], variables("migrate"))
            self.assertEqual(migrate.wait(60), 0, migrate.tail())
            for service in ("ingest", "analyze", "store", "http"):
                containers.start(service, self.ours[service]["command"], variables(service))
            containers.wait_listening(5552, "ingest")
            done = run("push", "--to", f"tcp://127.0.0.1:{containers.port(5552)}", "-", stdin='{"body": "Talks resumed in Oslo."}\n',
                       NEWSMILL_KEY=str(folder / "state" / "keys" / "newsmill.key"))
            self.assertEqual(done.returncode, 0, done.stderr)
            containers.wait_listening(8088, "http")
            with urllib.request.urlopen(urllib.request.Request(
                    f"http://127.0.0.1:{containers.port(8088, 'http')}/articles", b'{"body": "Talks resumed in Bern."}',
                    {"Content-Type": "application/json"}), timeout=60) as answer:
                self.assertEqual(answer.status, 200)
            wait_for(lambda: postgres.value(database, "SELECT count(*) FROM newsmill.articles") == 2, 60, "two rows")
            ready = containers.here(self.ours["store"]["healthcheck"]["test"][3].replace("127.0.0.1/9090", "127.0.0.1:9090"), "store")
            command = [*self.ours["store"]["healthcheck"]["test"][1:3], ready.replace("127.0.0.1:", "127.0.0.1/")]
            subprocess.run(command, check=True, timeout=30)
            for service in ("http", "store", "analyze", "ingest"):
                self.assertEqual(containers.processes[service].terminate(60), 0)
            self.assertNotEqual(subprocess.run(command, check=False, timeout=30, capture_output=True).returncode, 0)


if __name__ == "__main__":
    unittest.main()
