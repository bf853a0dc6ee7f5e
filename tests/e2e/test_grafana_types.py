#!/usr/bin/python3
"""The dashboards are what Grafana says a dashboard is: each is checked against the types of its package @grafana/schema, by TypeScript."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODULES = ROOT / "build-npm" / "node_modules"
PANELS = {"geomap": "Geomap", "table": "Table", "stat": "Stat", "timeseries": "TimeSeries"}
CUSTOM = {"table": "TableFieldOptions", "timeseries": "GraphFieldConfig"}
# Enumerations are their values in JSON.
HEAD = """import type { Dashboard, Panel, GraphFieldConfig, TableFieldOptions } from "@grafana/schema";
type Json<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
"""


class Lines:
    """A TypeScript file of constants with types."""

    def __init__(self):
        self.text = HEAD + "".join(
            f'import type {{ Options as {kind}Options }} from "@grafana/schema/dist/esm/raw/composable/{kind}/panelcfg/x/'
            f'{name}PanelCfg_types.gen";\n' for kind, name in PANELS.items())
        self.count = 0

    def add(self, kind, value):
        self.count += 1
        self.text += f"export const c{self.count}: Json<Partial<{kind}>> = {json.dumps(value)};\n"


def dashboards(lines):
    for path in sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        panels = board.pop("panels")
        for variable in board["templating"]["list"]:
            variable.pop("definition", None)  # Grafana writes it, its types do not have it
        lines.add("Dashboard", board)
        for panel in panels:
            lines.add("Panel", panel)
            if panel["type"] in PANELS:
                lines.add(panel["type"] + "Options", panel.get("options", {}))
            custom = panel.get("fieldConfig", {}).get("defaults", {}).get("custom")
            if custom and panel["type"] in CUSTOM:
                lines.add(CUSTOM[panel["type"]], custom)


@unittest.skipUnless(shutil.which("node") and (MODULES / "@grafana/schema").exists() and (MODULES / "typescript").exists(),
                     "no @grafana/schema and typescript in build-npm (deploy/install-packages --tests)")
class Types(unittest.TestCase):
    def check(self, lines):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "node_modules").symlink_to(MODULES)
            (pathlib.Path(folder) / "check.ts").write_text(lines.text)
            done = subprocess.run(["node", MODULES / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--skipLibCheck",
                                   "--moduleResolution", "node", "--module", "esnext", "--target", "es2020", "check.ts"],
                                  cwd=folder, capture_output=True, text=True, timeout=300, check=False)
            return done.stdout + done.stderr

    def test_every_dashboard(self):
        lines = Lines()
        dashboards(lines)
        self.assertGreater(lines.count, 50)
        self.assertEqual(self.check(lines), "")

    def test_the_check_finds_faults(self):
        for kind, value in (("Panel", {"type": "table", "titel": "x"}), ("timeseriesOptions", {"legend": {"displayMode": "row"}})):
            lines = Lines()
            lines.add(kind, value)
            self.assertIn("error TS", self.check(lines))


if __name__ == "__main__":
    unittest.main()
