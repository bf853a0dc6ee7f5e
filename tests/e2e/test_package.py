#!/usr/bin/python3
"""The Debian package: made from this build, without a word from lintian, it installs a program that runs, a user,
folders and a configuration, and takes away what is nobody's."""
import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from support.process import ROOT, binary, environment

BUILD = pathlib.Path(binary()).resolve().parent
TOOLS = ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file")
# dpkg --root wants a database, and systemd-sysusers the files of users.
EMPTY_ROOT = ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "etc", "var/log", "tmp", "run")


def do(*command, **more):
    """stdout and stderr of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, timeout=300, stdin=subprocess.DEVNULL, env=environment(), **more)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


@unittest.skipUnless((BUILD / "CPackConfig.cmake").exists(), "no package is made of this build (a sanitizer's)")
@unittest.skipUnless(all(map(shutil.which, TOOLS)), f"one of {', '.join(TOOLS)} is not here")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="nm-package-", dir="/tmp")
        cls.addClassCleanup(cls.folder.cleanup)
        # As a user would, but faster: gzip instead of xz.
        do("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", cls.folder.name,
           "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=BUILD)
        cls.package, = pathlib.Path(cls.folder.name).glob("*.deb")
        cls.tree = pathlib.Path(cls.folder.name) / "tree"
        do("dpkg-deb", "-x", cls.package, cls.tree)

    @unittest.skipUnless(shutil.which("lintian"), "no lintian here")
    def test_lintian_says_nothing(self):
        self.assertEqual(do("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0",
                            self.package), "")

    def field(self, name):
        return do("dpkg-deb", "-f", self.package, name).strip()

    def test_what_it_says_of_itself(self):
        version = do(binary(), "--version").split()[1]
        newest = (ROOT / "deploy" / "debian" / "changelog").read_text().split("(")[1].split(")")[0]
        self.assertEqual((self.field("Package"), self.field("Version"), newest), ("newsmill", version, version))
        for library in ("libzmq5", "libpq5", "libmsgpack", "libsystemd0"):
            self.assertIn(library, self.field("Depends"))

    def test_the_program_in_it_runs(self):
        done = subprocess.run([self.tree / "usr/bin/newsmill", "inspect", "--json", "--level", "fast", "-"], check=True,
                              input='{"body": "Talks resumed in Oslo."}\n', capture_output=True, text=True, timeout=60,
                              env=environment())
        self.assertIn('"Oslo"', done.stdout)

    def test_where_things_lie(self):
        for path in ("usr/lib/systemd/system/newsmill-ingest@.service", "usr/lib/systemd/system/newsmill.target",
                     "usr/share/man/man1/newsmill-store.1.gz", "usr/share/man/man5/newsmill.conf.5.gz",
                     "usr/share/bash-completion/completions/newsmill", "usr/share/zsh/vendor-completions/_newsmill",
                     "usr/share/fish/vendor_completions.d/newsmill.fish", "usr/share/doc/newsmill/copyright",
                     "usr/share/doc/newsmill/services.md", "usr/share/newsmill/grafana/README.md",
                     "usr/share/newsmill/prometheus/newsmill.alerts.yml", "usr/share/doc/newsmill/metrics.md",
                     "usr/include/newsmill.h", "usr/lib/libnewsmill.so.0", "usr/lib/pkgconfig/newsmill.pc"):
            self.assertTrue((self.tree / path).is_file(), path)
        self.assertEqual((self.tree / "etc/newsmill/newsmill.conf").read_text(), do(binary(), "config"))
        with gzip.open(self.tree / "usr/share/doc/newsmill/changelog.gz", "rt") as changelog:
            self.assertIn("newsmill (", changelog.read())
        notices = (self.tree / "usr/share/doc/newsmill/copyright").read_text()
        for owner in ("Apache-2.0", "WordNet", "GeoNames", "Bostock", "CC BY-SA 4.0"):
            self.assertIn(owner, notices)

    def test_the_pages_lead_to_one_another(self):
        folder = self.tree / "usr/share/doc/newsmill"
        pages = list((folder / "deploy" / "guide").glob("*.md"))
        self.assertEqual({page.name for page in pages}, {page.name for page in (ROOT / "deploy" / "guide").glob("*.md")})
        for page in (*pages, folder / "README.md", folder / "SECURITY.md"):
            for target in re.findall(r"\]\(([^)#\s:]+\.md)[)#]", page.read_text()):
                self.assertTrue((page.parent / target).is_file(), f"{page}: {target}")

    def test_its_units_are_those_of_the_source(self):
        for unit in (ROOT / "deploy" / "systemd").glob("*.service"):
            self.assertEqual((self.tree / "usr/lib/systemd/system" / unit.name).read_text(), unit.read_text())

    def test_every_unit_reads_a_file_of_options_that_is_there(self):
        for unit in (self.tree / "usr/lib/systemd/system").glob("*.service"):
            named, = re.findall(r"NEWSMILL_CONFIG=(\S+)", unit.read_text())
            self.assertTrue((self.tree / named.lstrip("/")).is_file())
            done = subprocess.run([binary(), "status", "--data", self.folder.name], check=False, capture_output=True, timeout=60,
                                  env=environment(NEWSMILL_CONFIG=self.tree / named.lstrip("/")))
            self.assertNotEqual(done.returncode, 2, done.stderr)

    def empty_root(self):
        root = pathlib.Path(self.folder.name) / self.id().rsplit(".", 1)[1]
        for folder in EMPTY_ROOT:
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "var/lib/dpkg/status").touch()
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\n")
        return root

    def dpkg(self, root, *arguments):
        return do("dpkg", f"--root={root}", "--force-script-chrootless", "--force-depends", "--force-bad-path", *arguments)

    @unittest.skipUnless(os.geteuid() == 0, "only root can install")
    @unittest.skipUnless(shutil.which("systemd-sysusers"), "no systemd here")
    def test_it_is_installed_and_purged(self):
        root = self.empty_root()
        self.dpkg(root, "-i", self.package)
        user = next(line.split(":") for line in (root / "etc/passwd").read_text().splitlines() if line.startswith("newsmill:"))
        self.assertEqual((user[5], user[6]), ("/var/lib/newsmill", "/usr/sbin/nologin"))
        folder = os.stat(root / "var/lib/newsmill")
        self.assertEqual((folder.st_uid, stat.S_IMODE(folder.st_mode)), (int(user[2]), 0o750))
        self.assertNotIn(int(user[2]), (0, 65534))
        (root / "etc/newsmill/newsmill.conf").write_text("batch-rows = 100\n")
        self.dpkg(root, "--force-confold", "-i", self.package)
        self.assertEqual((root / "etc/newsmill/newsmill.conf").read_text(), "batch-rows = 100\n")
        (root / "var/lib/newsmill/main").mkdir()
        said = self.dpkg(root, "--purge", "newsmill")
        self.assertIn("is kept", said)
        self.assertTrue((root / "var/lib/newsmill/main").is_dir())
        self.assertFalse((root / "etc/newsmill").exists())
        self.assertFalse((root / "usr/bin/newsmill").exists())


if __name__ == "__main__":
    unittest.main()
