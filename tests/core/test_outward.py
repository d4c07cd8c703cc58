"""What other people give as an address leads to the public internet alone."""

import httpx
import pytest

from app.core import outward


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::1"),
    ],
)
def test_what_stands_beside_us_is_not_public(address):
    assert not outward.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_the_internet_is(address):
    assert outward.is_public(address)


def test_a_name_that_means_this_machine_is_refused(app):
    with outward.client(httpx.Timeout(1)) as client, pytest.raises(outward.NotPublic):
        client.get("https://localhost:1/")


def test_an_allowed_host_is_reached(app, push_service):
    with outward.client(httpx.Timeout(5)) as client:
        assert client.get(f"{push_service.url}/nothing").status_code == 404


@pytest.mark.parametrize(
    ("url", "is_fine"),
    [
        ("https://push.example.com/send/1", True),
        ("http://push.example.com/send/1", False),
        ("https://push.example.com:8443/send", False),
        ("https://me:secret@push.example.com/", False),
        ("http://127.0.0.1:9/push", True),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://10.0.0.1/push", False),
        ("https://[::1]/push", False),
        ("https://1.1.1.1/push", True),
    ],
)
def test_an_address_that_is_kept_is_one_we_may_speak_with(app, url, is_fine):
    assert outward.is_reachable(url) is is_fine
