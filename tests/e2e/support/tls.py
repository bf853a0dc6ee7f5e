"""A PostgreSQL that is reached over TLS, with certificates of an authority made for it."""
import pathlib
import shutil
import socket
import subprocess

from . import postgres

HBA = """local all all trust
hostssl all certified 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
hostnossl all all 127.0.0.1/32 reject
"""


class Authority:
    """Signs certificates; its own is at .certificate."""

    def __init__(self, folder, name):
        self.folder, self.name = pathlib.Path(folder), name
        self.certificate, self.key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def sign(self, common_name, names="", stem=None):
        """(certificate, key) of whoever this is; `names` as in DNS:localhost."""
        stem = self.folder / (stem or f"{self.name}-{common_name}")
        request, key, certificate = (stem.with_suffix(f".{end}") for end in ("csr", "key", "crt"))
        extension = ["-addext", f"subjectAltName={names}"] if names else []
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      f"/CN={common_name}", "-keyout", key, "-out", request, *extension)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", "2", "-copy_extensions", "copy", "-out", certificate)
        key.chmod(0o600)
        return certificate, key


class TlsCluster(postgres.Cluster):
    """Listens on 127.0.0.1 as localhost, for TLS only; its unix socket is the tests'."""

    def __init__(self, authority):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        super().__init__(start=False, settings={
            "listen_addresses": "127.0.0.1", "port": str(self.port), "ssl": "on", "ssl_cert_file": "server.crt",
            "ssl_key_file": "server.key", "ssl_ca_file": "ca.crt", "password_encryption": "scram-sha-256"})
        certificate, key = authority.sign("localhost", "DNS:localhost")
        for source, name in ((certificate, "server.crt"), (key, "server.key"), (authority.certificate, "ca.crt")):
            shutil.copy(source, self.data / name)
            (self.data / name).chmod(0o600)
            if self.user:
                shutil.chown(self.data / name, self.user)
        (self.data / "pg_hba.conf").write_text(HBA)
        self.start()

    def uri(self, database, user="postgres"):
        return f"{super().uri(database, user)}&port={self.port}"

    def remote(self, database, user, host="localhost", **parameters):
        """Over TCP, with libpq's parameters."""
        more = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://{user}@{host}:{self.port}/{database}?{more}"
