#!/usr/bin/python3
"""Manual pages and completions say what --help says, and the programs that read them find nothing wrong."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from support.process import run
from support.terminal import Terminal

COMMAND = re.compile(r"^  ([a-z]+) +\S", re.M)
OPTION = re.compile(r"^  --([a-z-]+)", re.M)
TYPE_IN_BASH = """
source "$0"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_newsmill
printf '%s\\n' "${COMPREPLY[@]}"
"""


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"no {program} here")


def output(*command, **more):
    """stdout of a command that must succeed and complain of nothing."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          timeout=60, stdin=subprocess.DEVNULL, **more)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="nm-manual-", dir="/tmp")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = pathlib.Path(cls.folder.name)
        cls.commands = COMMAND.findall(run("--help").stdout)
        assert len(cls.commands) > 20, cls.commands

    def options(self, command):
        return OPTION.findall(run(command, "--help").stdout)


class Manual(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = run("manual", "--output", cls.root / "man")
        assert done.returncode == 0, done.stderr
        cls.pages = sorted((cls.root / "man").glob("man?/*"))

    def plain(self, page):
        """As it is read: `man -l` without a pager, 200 columns wide."""
        return output("man", "-l", page, env={**os.environ, "MANWIDTH": "200", "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})

    def test_every_command_has_a_page_and_nothing_else_has(self):
        wanted = {"newsmill.1", "newsmill.conf.5", *(f"newsmill-{command}.1" for command in self.commands)}
        self.assertEqual({page.name for page in self.pages}, wanted)

    @needs("man")
    def test_a_page_says_what_help_says(self):
        for command in ("ingest", "export", "dead"):
            text = self.plain(self.root / "man" / "man1" / f"newsmill-{command}.1")
            for option in self.options(command):
                self.assertRegex(text, rf"(?m)^ +--{option}\b", command)
            for part in ("SYNOPSIS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"):
                self.assertIn(part, text)
            self.assertNotIn("\\", text)

    @needs("man")
    def test_the_file_of_options_has_them_all(self):
        text = self.plain(self.root / "man" / "man5" / "newsmill.conf.5")
        for option in re.findall(r"^#([a-z-]+) =", run("config").stdout, re.M):
            self.assertRegex(text, rf"(?m)^ +{option} = ")

    @needs("man")
    def test_groff_warns_of_nothing(self):
        for page in self.pages:
            output("man", "--warnings=w", "-l", page, env={**os.environ, "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})

    @needs("mandoc")
    def test_mandoc_finds_nothing_wrong(self):
        output("mandoc", "-T", "lint", "-W", "warning", *self.pages)

    def test_one_page_is_printed(self):
        page = self.root / "man" / "man1" / "newsmill-push.1"
        self.assertEqual(run("manual", "push").stdout, page.read_text())
        done = run("manual", "pusch")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no page for 'pusch'", done.stderr)


class Completion(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for shell, name in (("bash", "newsmill"), ("zsh", "_newsmill"), ("fish", "newsmill.fish")):
            done = run("completion", shell)
            assert done.returncode == 0, done.stderr
            (cls.root / name).write_text(done.stdout)
        (cls.root / "articles.jsonl").touch()
        (cls.root / "archive").mkdir()

    def bash(self, *words):
        return set(output("bash", "-c", TYPE_IN_BASH, "newsmill", *words, cwd=self.root).split())

    def fish(self, line):
        said = output("fish", "--no-config", "-c", f"source newsmill.fish; complete -C {line!r}", cwd=self.root,
                      env={**os.environ, "HOME": str(self.root), "XDG_CONFIG_HOME": str(self.root)})
        return {row.split("\t")[0] for row in said.splitlines()}

    def check(self, complete):
        self.assertEqual(complete("newsmill", "in"), {"ingest", "inspect"})
        self.assertEqual(complete("newsmill", "ingest", "--log-l"), {"--log-level"})
        self.assertEqual(complete("newsmill", "ingest", "--log-level", ""), {"debug", "info", "warn", "error"})
        self.assertEqual(complete("newsmill", "dead", "sh"), {"show"})
        self.assertIn("articles.jsonl", complete("newsmill", "push", "ar"))
        self.assertEqual({name.rstrip("/") for name in complete("newsmill", "ingest", "--data", "ar")}, {"archive"})
        self.assertEqual(complete("newsmill", "ingest", "--credit"), set(), "it is no option of ingest")

    @needs("bash")
    def test_bash(self):
        self.check(self.bash)
        self.assertEqual(self.bash("newsmill", "up", "--level", "=", "fa"), {"fast"})
        self.assertTrue(set(self.commands) <= self.bash("newsmill", ""))

    @needs("bash")
    def test_bash_has_every_option(self):
        for command in self.commands:
            wanted = {f"--{option}" for option in self.options(command)} | {"--help"}
            self.assertEqual(self.bash("newsmill", command, "--"), wanted, command)

    @needs("fish")
    def test_fish(self):
        output("fish", "--no-config", "--no-execute", self.root / "newsmill.fish")
        self.check(lambda *words: self.fish(" ".join(words)))

    @needs("zsh")
    def test_zsh(self):
        output("zsh", "-f", "-n", self.root / "_newsmill")
        text = (self.root / "_newsmill").read_text()
        for command in self.commands:
            part = text.split(f"\n        {command})\n")[1].split(";;")[0]
            self.assertEqual(set(re.findall(r"'\*?--([a-z-]+)[=\[]", part)), {*self.options(command), "help"}, command)

    @needs("zsh")
    def test_zsh_completes_what_is_typed(self):
        terminal = Terminal(self.root, "zsh", "-f", "-i")
        self.addCleanup(terminal.close)
        # Typed in two pieces, so that what is waited for is not the echo.
        terminal.type("PS1='> '; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; echo re''ady\n", "ready\r\n")
        for typed, shown in (("newsmill ins\t", "inspect "), ("newsmill ingest --log-l\t", "--log-level="),
                             ("newsmill ingest --log-level=de\t", "debug "), ("newsmill dead sh\t", "show "),
                             ("newsmill ingest --data=arch\t", "archive/"), ("newsmill push art\t", "articles.jsonl ")):
            terminal.type("\x15" + typed, shown)

    def test_another_shell(self):
        done = run("completion", "tcsh")
        self.assertEqual(done.returncode, 2)
        self.assertIn("bash, zsh or fish", done.stderr)


if __name__ == "__main__":
    unittest.main()
