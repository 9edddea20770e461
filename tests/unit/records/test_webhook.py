"""Webhooks, the pure part: a signature that the convention's own example proves, and addresses that are refused."""

from ipaddress import ip_address

import pytest

from services.records import webhook


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the Standard Webhooks reference libraries."""
    secret, id_, at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    signed = webhook.signature(secret, id_, at, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_new_each_time() -> None:
    assert webhook.new_secret().startswith("whsec_")
    assert webhook.new_secret() != webhook.new_secret()


def test_waiting_grows_to_about_a_day_and_is_spread() -> None:
    whole = sum(webhook.delay(n) for n in range(1, 12))
    assert 0.7 * 86400 < whole < 1.2 * 86400
    assert len({webhook.delay(3) for _ in range(20)}) > 1
    assert webhook.rest(100) < 1000


@pytest.mark.parametrize(
    "url",
    [
        "http://klinik.example/x", "https://127.0.0.1/x", "https://10.1.2.3/", "https://[::1]/", "https://localhost/",
        "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://100.64.0.1/", "https://0.0.0.0/",
        "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://records/internal", "https://db.internal/",
        "https://user:pass@klinik.example/", "https://klinik.example:6379/", "ftp://klinik.example/", "https://", "x",
        "https://klinik.example/#x", "https://klinik.example:x/", "https://224.0.0.1/", "file:///etc/passwd",
        "https://192.0.0.192/opc/v2/instance/", "https://168.63.129.16/", "https://[fec0::1]/", "https://[3fff::1]/",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    assert webhook.address_fault(url, private=False) is not None


@pytest.mark.parametrize("url", ["https://klinik.example/simpul?x=1", "https://1.1.1.1/", "https://a.example:8443/"])
def test_addresses_that_are_taken(url: str) -> None:
    assert webhook.address_fault(url, private=False) is None


def test_development_may_call_itself_and_nothing_odd() -> None:
    assert webhook.address_fault("http://127.0.0.1:9000/x", private=True) is None
    assert webhook.address_fault("ftp://127.0.0.1/x", private=True) is not None


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_numbers(number: str) -> None:
    assert webhook.reachable(ip_address(number))
