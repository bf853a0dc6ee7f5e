"""Metrics as others read them: Prometheus' own parser of OpenMetrics, and promtool on its text format."""
import shutil
import subprocess
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMTOOL = shutil.which("promtool")


def get(url, accept=None):
    """(Content-Type, text) of URL/metrics."""
    request = urllib.request.Request(url + "/metrics", headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def scrape(url):
    """{(name, ((label, value), …)): number}. Anything that is not OpenMetrics is an error."""
    kind, text = get(url)
    assert kind == OPEN and text.endswith("# EOF\n"), (kind, text[-200:])
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def lint(url):
    """What `curl URL/metrics | promtool check metrics` says; "" when it is content."""
    kind, text = get(url, "*/*")
    assert kind.startswith("text/plain; version=0.0.4"), kind
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60,
                          check=False)
    return done.stdout + done.stderr or ("" if done.returncode == 0 else f"exit code {done.returncode}")


def value(found, name, **labels):
    return found[name, tuple(sorted(labels.items()))]


def balances(found):
    stored, duplicate, dead = (value(found, f"newsmill_articles_{fate}_total")
                               for fate in ("stored", "duplicate", "dead"))
    return value(found, "newsmill_articles_accepted_total") == (
        stored + duplicate + dead + value(found, "newsmill_articles_in_flight"))
