"""No manifest reaches a server behind the firewall, or holds up a worker."""

import gzip

import pytest

from core.downloads.errors import DownloadFailed, UrlRefused
from core.errors import TooLarge
from core.settings import DownloadSettings
from tests.support.external.tls import certificate, tunnel

PRIVATE = [
    "127.0.0.1", "127.255.0.9", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "localhost",
    "LOCALHOST.", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "[fe80::1]", "[fec0::1]", "[fd00:ec2::254]", "[fc00::1]", "224.0.0.1", "[ff02::1]",
    "240.0.0.1", "255.255.255.255", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.5",
    "192.88.99.1", "168.63.129.16", "100.100.100.200", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001:db8::1]", "①②⑦.0.0.1", "%31%32%37.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_is_not_public_is_refused_however_it_is_written(make_downloader, host):
    with pytest.raises((UrlRefused, DownloadFailed), match=r"not public|not exist|not valid"):
        make_downloader(private_hosts=()).start(f"http://{host}/a.jpg").result(20)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://shop.example/a.jpg", "does not start with http"),
        ("file:///etc/passwd", "does not start with http"),
        ("gopher://shop.example/", "does not start with http"),
        ("//shop.example/a.jpg", "does not start with http"),
        ("http:///a.jpg", "does not start with http"),
        ("http://user:secret@shop.example/a.jpg", "user name or password"),
        ("http://127.0.0.1@shop.example/a.jpg", "user name or password"),
        ("http://shop.example:22/a.jpg", "port 22"),
        ("http://shop.example:99999/a.jpg", "port 99999"),
        ("http://shop.example/" + "a" * 5000, "longer than"),
        ("http://[::1/a.jpg", "not valid"),
    ],
)
def test_a_url_with_another_scheme_a_password_or_an_odd_port_is_refused(download, url, reason):
    with pytest.raises(UrlRefused, match=reason):
        download(url)


def test_a_password_in_a_url_is_not_repeated_in_the_reason(download):
    with pytest.raises(UrlRefused) as refused:
        download("http://user:secret@shop.example/a.jpg")
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:6379/", "http://localhost/", "http://[::1]/", "file:///etc/passwd"]
)
def test_a_redirect_to_a_refused_url_is_refused(server, download, target):
    server.answers["/a"] = lambda request: request.send(302, Location=target)
    with pytest.raises(UrlRefused):
        download(server.url("/a"))


def test_the_setting_for_private_hosts_covers_one_port_only(server, download):
    with pytest.raises(UrlRefused, match="not public"):
        download("http://127.0.0.1/a.jpg")
    other = DownloadSettings(private_hosts=("127.0.0.1",), ports=(80, server.server_port))
    server.images["/a"] = b"image"
    assert download(server.url("/a"), **other.model_dump()).data == b"image"


def test_a_host_that_has_one_private_address_among_public_ones_is_refused(server, download):
    async def resolve(host, port):
        return ["93.184.215.14", "127.0.0.1"]

    with pytest.raises(UrlRefused, match="not public"):
        download(f"http://shop.example:{server.server_port}/", resolve=resolve,
                 ports=(server.server_port,))  # fmt: skip
    assert not server.requests


def test_the_address_that_was_checked_is_the_one_that_is_used(server, make_downloader):
    """DNS rebinding: the name has the server's address first, and another one ever after."""
    answers = ["127.0.0.1"]
    names = []

    async def resolve(host, port):
        names.append(host)
        return [answers.pop()] if answers else ["10.0.0.1"]

    server.images["/a"] = b"image"
    port = server.server_port
    name = f"shop.example:{port}"
    downloader = make_downloader(resolve=resolve, private_hosts=(name,))
    assert downloader.start(f"http://{name}/a").result(20).data == b"image"
    assert (names, server.headers[0]["Host"]) == (["shop.example"], name)


def test_a_name_that_turns_private_after_the_first_connection_is_refused(server, make_downloader):
    answers = [["10.0.0.1"]]

    async def resolve(host, port):
        return answers[0]

    downloader = make_downloader(resolve=resolve, private_hosts=())
    with pytest.raises(UrlRefused, match="not public"):
        downloader.start("http://shop.example/a").result(20)


def test_a_response_without_end_is_cut_off_at_the_limit(server, download):
    server.answers["/a"] = lambda request: request.send(200, b"x" * 10_001, Content_Length=20_000)
    with pytest.raises(TooLarge, match="10,000 bytes"):
        download(server.url("/a"))

    def endless(request):
        request.send(200, b"", Transfer_Encoding="chunked", Content_Length="")
        for _ in range(20):
            request.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")

    server.answers["/b"] = endless
    with pytest.raises((TooLarge, DownloadFailed)):
        download(server.url("/b"))


def test_a_response_that_drips_is_cut_off_in_time(server, download):
    server.answers["/a"] = lambda request: request.drip(b"x" * 100, 0.05)
    with pytest.raises(DownloadFailed, match=r"longer than 0\.2 s"):
        download(server.url("/a"), timeout_s=0.2, max_attempts=1)


def test_a_compressed_response_is_refused_since_it_may_be_a_bomb(server, download):
    bomb = gzip.compress(b"\0" * 5_000_000)
    assert len(bomb) < 10_000
    server.answers["/a"] = lambda request: request.send(200, bomb, Content_Encoding="gzip")
    with pytest.raises(DownloadFailed, match="compressed the response"):
        download(server.url("/a"))
    assert server.headers[0]["Accept-Encoding"] == "identity"


def test_an_endless_chain_of_redirects_is_refused(server, download):
    server.answers["/a"] = lambda request: request.send(302, Location="/a")
    with pytest.raises(UrlRefused, match="more than 5 redirects"):
        download(server.url("/a"))
    assert server.requests["/a"] == 6


@pytest.fixture(scope="module")
def tls(running, tmp_path_factory):
    """The port of the server with TLS, and its certificate, which is for 127.0.0.1."""
    cert, key = certificate(tmp_path_factory.mktemp("tls"))
    with tunnel(running.server_port, cert, key) as port:
        yield port, cert


def test_a_certificate_must_be_trusted_and_be_for_the_name_in_the_url(server, download, tls):
    async def resolve(host, port):
        return ["127.0.0.1"]

    port, ca = tls
    server.images["/a"] = b"image"
    hosts = (f"127.0.0.1:{port}", f"shop.example:{port}")
    options = {"private_hosts": hosts, "resolve": resolve}
    assert download(f"https://127.0.0.1:{port}/a", ca=ca, **options).data == b"image"
    for host, trusted in (("shop.example", ca), ("127.0.0.1", None)):
        with pytest.raises(DownloadFailed, match="certificate is not valid"):
            download(f"https://{host}:{port}/a", ca=trusted, **options)
    assert server.requests["/a"] == 1


def test_a_host_that_does_not_exist_is_named(download):
    with pytest.raises(DownloadFailed, match=r"'shop\.invalid' does not exist|looked up"):
        download("http://shop.invalid/a.jpg", max_attempts=1)
