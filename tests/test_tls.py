"""Certificate authorities: real TLS to a server with a certificate of a private authority."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import apig_nb as apig
from apig_nb.client.config.variables import of_machine
from tests.raw_server import raw_server

# The service of these tests has no gateway.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:the list of gateways is empty")]

USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
READY: dict[str, Any] = {"token": "t0ken", "project_id": "p" * 32}


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """A private authority that signs certificates for 127.0.0.1."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        key = self._key.public_key()
        # What Python 3.13 and later want of an authority.
        may_sign = x509.KeyUsage(**dict.fromkeys(USES, False) | {"key_cert_sign": True})
        extensions = (x509.BasicConstraints(ca=True, path_length=0), x509.SubjectKeyIdentifier.from_public_key(key))
        self._certificate = self._signed(named("own authority"), key, may_sign, *extensions)
        self.pem = self._certificate.public_bytes(Encoding.PEM)

    def _signed(self, subject: x509.Name, key: Any, *extensions: x509.ExtensionType) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(named("own authority"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        for extension in (*extensions, issuer):
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self._key, SHA256())

    def for_this_machine(self) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        certificate = self._signed(named("gateway"), key.public_key(), address)
        return certificate.public_bytes(Encoding.PEM) + key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )


class NoGateways(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b'{"total": 0, "instances": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_args: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, *_args: object) -> None:
        """Ignore connections that clients close because they do not trust the certificate."""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def context(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    file = tmp_path_factory.mktemp("server") / "own.pem"
    file.write_bytes(authority.for_this_machine())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.fixture(scope="module")
def address(context: ssl.SSLContext) -> Iterator[str]:
    server = Quiet(("127.0.0.1", 0), NoGateways)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bundle(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "authority.pem"
    file.write_bytes(authority.pem)
    return file


def trust(client: apig.Client) -> list[str]:
    with client:
        assert len(client.gateways()) == 0
        return client.origins.query("setting == 'cacert'")["origin"].tolist()


def test_a_private_authority_is_trusted_only_when_given(address: str, bundle: Path) -> None:
    with apig.connect(endpoint=address, **READY) as client:
        with pytest.raises(apig.TransportError, match=r"is not trusted \(.*give its certificate as cacert=, OS_CACERT"):
            client.gateways()
        assert client.log["tries"].tolist() == [1]
    assert trust(apig.connect(endpoint=address, cacert=bundle, **READY)) == ["argument cacert"]
    assert trust(apig.connect(endpoint=address, cacert="~/authority.pem", **READY)) == ["argument cacert"]


@pytest.mark.parametrize("name", ["OS_CACERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_usual_variables_name_the_authorities(
    address: str, bundle: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(bundle))
    assert trust(apig.connect(endpoint=address, **READY)) == [f"variable {name}"]


def test_the_first_variable_is_used(
    address: str, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(Authority().pem)
    names = ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE", "OS_CACERT"]
    for name in names:
        monkeypatch.setenv(name, str(other))
        with apig.connect(endpoint=address, **READY) as client, pytest.raises(apig.TransportError, match="not trusted"):
            client.gateways()
        assert client.origins.query("setting == 'cacert'")["origin"].tolist() == [f"variable {name}"]
    assert trust(apig.connect(endpoint=address, cacert=bundle, **READY)) == ["argument cacert"]
    assert of_machine().values["cacert"].origin == "variable SSL_CERT_FILE"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="names the files of such a folder")
def test_a_folder_of_authorities_is_accepted(address: str, bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    # OpenSSL looks for a file called by the hash of the subject.
    ask = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(bundle)]
    name = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    (folder / f"{name}.0").write_bytes(bundle.read_bytes())
    assert trust(apig.connect(endpoint=address, cacert=str(folder), **READY)) == ["argument cacert"]


def test_clouds_yaml_names_the_authorities_and_its_verify_false_is_ignored(
    address: str, bundle: Path, tmp_path: Path
) -> None:
    entry = f"auth: {{token: t0ken, project_id: {'p' * 32}, auth_url: '{address}/v3'}}"
    (tmp_path / "clouds.yaml").write_text(
        f"clouds:\n  own: {{{entry}, cacert: '{bundle}'}}\n  lax: {{{entry}, verify: false}}\n"
    )
    assert trust(apig.connect("own")) == ["clouds.yaml: own"]
    with apig.connect("lax") as client, pytest.raises(apig.TransportError, match="not trusted"):
        client.gateways()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, r"cannot be read \(No such file or directory\)"),
        (b"", "holds no certificates in PEM form"),
        (b"not a certificate", "holds no certificates in PEM form"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificates in PEM form"),
    ],
)
def test_an_unusable_file_is_an_error_before_anything_is_sent(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    file = tmp_path / "odd.pem"
    if content is not None:
        file.write_bytes(content)
    for name in ("OS_CACERT", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(file))
        with pytest.raises(apig.ArgumentError, match=rf"^cacert: {said}; it came from variable {name}, got ") as caught:
            apig.connect(endpoint=address, **READY)
        assert caught.value.__context__ is None
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "given", [{"target": "sandbox"}, READY, READY | {"cacert": "own.pem"}], ids=["sandbox", "", "ca"]
)
def test_a_file_for_keys_that_cannot_be_written_is_named(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path))
    with pytest.raises(apig.TransportError, match="variable SSLKEYLOGFILE cannot be written: Is a directory"):
        apig.connect(**({} if "target" in given else {"endpoint": address}) | given)


@pytest.mark.parametrize("wrong", ["", " ", False, 5])
def test_a_value_that_is_not_a_path_is_an_error(address: str, wrong: Any) -> None:
    with pytest.raises(apig.ArgumentError, match=r"^cacert: must be a file"):
        apig.connect(endpoint=address, cacert=wrong, **READY)


def test_the_sandbox_ignores_the_variables_for_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with apig.connect("sandbox") as client:
        assert len(client.gateways()) > 0
    with pytest.raises(apig.ArgumentError, match=r"^cacert: cannot be combined with connect\('sandbox'\)"):
        apig.connect("sandbox", cacert="own.pem")


def test_a_document_that_ends_with_the_connection_is_not_taken_for_a_whole_one(
    context: ssl.SSLContext, bundle: Path
) -> None:
    """Without a length, only TLS's own alert is an end that nobody on the way can make."""
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    part = b"swagger: '2.0'\ninfo: {title: orders, version: '1'}\npaths: {}\n"
    request = apig.ExportRequest(
        project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32, type="yaml"
    )
    with (
        raw_server(lambda: [head, part], context=context) as url,
        apig.connect(endpoint=url, cacert=bundle, **READY, limits=apig.Limits(retries=0)) as client,
        pytest.raises(apig.TransportError, match="was lost before the whole answer was received"),
    ):
        client.send(request)


def test_a_call_of_a_client_that_is_closed_reads_nothing_of_other_connections(
    context: ssl.SSLContext, bundle: Path
) -> None:
    """A socket that is made then may get the number of the one that was closed."""
    ended = threading.Event()

    def answer() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
        ended.wait(20)
        yield b"}"

    with raw_server(answer, context=context) as url, ThreadPoolExecutor(1) as threads:
        client = apig.connect(endpoint=url, cacert=bundle, **READY)
        running = threads.submit(client.gateways)
        time.sleep(0.3)
        client.close()
        pairs = [socket.socketpair() for _ in range(4)]
        for one, other in pairs:
            one.sendall(b"foreign")
            other.sendall(b"foreign")
        with pytest.raises(apig.TransportError, match="the client is closed"):
            running.result()
        ended.set()
        for end in (end for pair in pairs for end in pair):
            end.settimeout(20)
            with end:
                assert end.recv(100) == b"foreign"


class WithinTls:
    """TLS over a connection that has TLS, as a service has it behind a proxy with an https address."""

    def __init__(self, outer: ssl.SSLSocket, context: ssl.SSLContext) -> None:
        self._outer, self._received, self._sent = outer, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._inner = context.wrap_bio(self._received, self._sent, server_side=True)
        self._run(self._inner.do_handshake)

    def _run(self, step: Callable[[], Any]) -> Any:
        while True:
            with suppress(ssl.SSLWantReadError):
                result = step()
                self._outer.sendall(self._sent.read())
                return result
            self._outer.sendall(self._sent.read())
            self._received.write(self._outer.recv(65536))

    def receive(self) -> None:
        """Receive a request with a body."""
        while not self._run(lambda: self._inner.read(65536)).endswith(b"}"):
            pass

    def record(self, title: str) -> bytes:
        """Return the record of an answer with a document."""
        body = json.dumps({"swagger": "2.0", "info": {"title": title, "version": "1"}, "paths": {}}).encode()
        self._inner.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._sent.read()


class TestProxyWithTls:
    """A proxy with an https address, through which a call has TLS within TLS."""

    REQUEST = apig.ExportRequest(project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32)

    @contextmanager
    def client(
        self, context: ssl.SSLContext, bundle: Path, serve: Callable[[ssl.SSLSocket], object], **limits: Any
    ) -> Iterator[apig.Client]:
        def proxy() -> None:
            for _ in range(2):
                with suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True) as outer:
                    outer.recv(65536)
                    outer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    serve(outer)

        trusted = ssl.create_default_context(cafile=bundle)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(20)
            thread = threading.Thread(target=proxy)
            thread.start()
            address = f"https://127.0.0.1:{listening.getsockname()[1]}"
            transport = httpx.HTTPTransport(proxy=httpx.Proxy(address, ssl_context=trusted), verify=trusted)
            own: dict[str, Any] = {**READY, "transport": transport, "limits": apig.Limits(retries=0, **limits)}
            with apig.connect(endpoint="https://127.0.0.1", **own) as client:
                yield client
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # ends the wait for another connection
            thread.join()

    @pytest.mark.parametrize("in_handshake", [True, False])
    def test_a_record_that_drips_ends_with_the_total_timeout(
        self, context: ssl.SSLContext, bundle: Path, in_handshake: bool
    ) -> None:
        def drip(outer: ssl.SSLSocket) -> None:
            record = b"\x16\x03\x03\x3f\xff" + b"\x02" * 100
            if not in_handshake:
                inner = WithinTls(outer, context)
                inner.receive()
                record = inner.record("own" * 30)
            for number in record[:100]:
                time.sleep(0.3)
                outer.sendall(bytes([number]))

        with self.client(context, bundle, drip, timeout=20, total_timeout=0.6) as client:
            begin = time.monotonic()
            with pytest.raises(apig.TransportTimeout, match=r"within 0\.6 s"):
                client.send(self.REQUEST)
            assert time.monotonic() - begin < 20

    def test_a_second_answer_does_not_answer_the_next_call(self, context: ssl.SSLContext, bundle: Path) -> None:
        def serve(outer: ssl.SSLSocket) -> None:
            inner = WithinTls(outer, context)
            inner.receive()
            outer.sendall(inner.record("own") + inner.record("other"))
            outer.settimeout(5)
            outer.recv(65536)  # the next request, or the end

        with self.client(context, bundle, serve) as client:
            assert [client.send(self.REQUEST).definition.title for _ in range(2)] == ["own", "own"]
