"""A basket is paid at the counter, by invoice, by Alipay and by WeChat Pay; staff see each step and give money back."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import look_at
from tests.fakes.alipay import FakeAlipay, make_keys
from tests.fakes.wechat_pay import APIV3_KEY, FakeWeChatPay
from tests.flows.processes import House, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    width = page.viewport_size["width"]
    assert look_at(page, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", page.url)) == []
    page.set_viewport_size({"width": width, "height": 900})


@pytest.fixture(scope="module")
def vendors(house: House) -> Iterator[tuple[FakeAlipay, FakeWeChatPay, str]]:
    """Alipay and WeChat Pay on servers of their own, where this house looks for them; with the merchant's key."""
    private, public = make_keys()
    ports = [urlsplit(house.env[name]).port or 0 for name in ("ALIPAY_URL", "WECHATPAY_URL")]
    alipay, wechat = FakeAlipay(public, port=ports[0]), FakeWeChatPay(public, port=ports[1])
    yield alipay, wechat, private
    alipay.stop()
    wechat.stop()


def order(page: Page, way: str, *things: str) -> str:
    """Put things into the basket and order them; the number of the order, unless the way leads elsewhere at once."""
    page.goto("/portal/shop")
    for thing in things:
        words = page.get_by_label("What are you looking for?")
        words.fill(thing)
        words.press("Enter")
        page.wait_for_url(re.compile("[?&]q="))
        page.get_by_role("button", name=f"Add {thing}").first.click()
        expect(page.locator("#basket-bar")).to_contain_text("Basket:")
    page.get_by_role("link", name=re.compile("^Basket: ")).click()
    check(page)
    page.get_by_label(way).check()
    page.get_by_role("button", name="Order and pay").click()
    page.wait_for_url(re.compile("/portal/(orders|invoices|payments)/"))
    return page.get_by_role("heading", level=1).inner_text()


def test_at_the_counter_and_given_back(window):
    carla = window("customer", width=360)
    number = order(carla, "At the counter", "Lavender").removeprefix("Order ")
    expect(carla.get_by_role("main")).to_contain_text("pay at the counter")
    check(carla)
    manager = window("manager")
    manager.goto(f"/orders?q={number}")
    check(manager)
    manager.locator("tbody").get_by_role("link", name=number).click()
    expect(manager.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    check(manager)
    manager.get_by_label("Amount in GBP").fill("a lot")
    manager.get_by_role("button", name="Take payment").click()
    expect(manager.locator("#amount-error")).to_be_visible()
    manager.get_by_label("Amount in GBP").fill("1")
    manager.get_by_role("button", name="Take payment").click()
    expect(manager.locator("#toasts")).to_contain_text("A part is still to be paid")
    manager.get_by_role("button", name="Take payment").click()
    manager.get_by_role("button", name="Fulfilled").click()
    manager.get_by_role("link", name="Give back").click()
    check(manager)
    manager.get_by_label("Amount in GBP").fill("0.50")
    manager.get_by_label("Why").fill("The lid was scratched")
    manager.get_by_role("button", name="Give back").click()
    expect(manager.get_by_role("main")).to_contain_text("Given back or on its way")
    manager.locator("#record-payments").get_by_role("link").last.click()
    expect(manager.locator("#sequence")).to_contain_text("Hands over")
    check(manager)
    carla.reload()
    carla.get_by_role("link", name="Receipt").click()
    check(carla)


def test_by_invoice_and_who_is_late(window):
    carla = window("customer")
    expect_invoice = re.compile("^Invoice INV-")
    assert expect_invoice.match(order(carla, "By invoice", "Lavender"))
    check(carla)
    paper = carla.request.get(carla.get_by_role("link", name="PDF").get_attribute("href"))
    assert paper.body().startswith(b"%PDF")
    agent = window("agent")
    agent.goto("/invoices")
    check(agent)
    agent.get_by_role("link", name="Overdue", exact=True).click()
    expect(agent).to_have_url(re.compile("state=overdue"))
    late = agent.locator("tbody tr")
    expect(late.first).to_contain_text("Overdue")
    late.first.get_by_role("link").first.click()
    expect(agent.get_by_role("main")).to_contain_text("Overdue")
    check(agent)
    agent.goto("/orders?state=placed")
    agent.locator("tbody").get_by_role("link", name=re.compile("^O-")).first.click()
    expect(agent.get_by_role("heading", level=1)).to_contain_text("Order O-")
    agent.wait_for_load_state()
    if agent.get_by_role("button", name="Invoice", exact=True).count():
        agent.get_by_role("button", name="Invoice", exact=True).click()
    expect(agent.locator("#order-invoices")).to_contain_text("INV-")


def switch_on(page: Page, vendor: str, **values: str) -> None:
    page.goto("/settings/payments")
    page.get_by_role("link", name=vendor).click()
    for label, value in values.items():
        page.locator(f"#{label}").fill(value)
    page.get_by_label("Offer it to customers").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Customers can pay with it.")


def open_the_shop(admin: Page, alipay: FakeAlipay, wechat: FakeWeChatPay, private: str) -> None:
    admin.goto("/settings/payments/alipay")
    check(admin)
    keys = {"private_key": private, "alipay_public_key": alipay.public_key}
    switch_on(admin, "Alipay", app_id=alipay.app_id, seller_id=alipay.seller_id, **keys)
    keys = {"private_key": private, "apiv3_key": APIV3_KEY, "public_key": wechat.platform.certificate}
    switch_on(admin, "WeChat Pay", mchid=wechat.mchid, appid=wechat.appid, serial_no=wechat.serial_no, **keys)
    check(admin)
    admin.goto("/products/new")
    admin.get_by_label("Name").fill("Longjing tea")
    admin.get_by_label("SKU").fill("TEA-LJ")
    admin.get_by_label("Price").fill("88")
    admin.get_by_label("Currency").select_option("CNY")
    admin.get_by_role("button", name="Add product").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Longjing tea")


def give_back(admin: Page, house: House, vendor: str) -> None:
    """From the sequence of a payment to its order, and back to the sequence of the refund."""
    admin.goto(f"/payments?provider={vendor}&state=paid")
    admin.locator("tbody").get_by_role("link").first.click()
    expect(admin.locator("#sequence")).to_contain_text("Notification")
    check(admin)
    sequence = admin.url
    admin.get_by_role("link", name=re.compile("^O-|^Order O-")).click()
    admin.get_by_role("link", name="Give back").click()
    admin.get_by_label("Why").fill("The tin was dented")
    admin.get_by_role("button", name="Give back").click()
    refund = "SELECT state FROM payment_refunds ORDER BY asked_at DESC LIMIT 1"
    wait_until(lambda: house.ask(refund) in ("done", "waiting"), 30, "the vendor is asked to give back")
    admin.goto(sequence)
    expect(admin.get_by_role("main")).to_contain_text("The tin was dented")
    check(admin)


def test_alipay_and_wechat_pay_on_computer_and_phone(window, house, vendors):
    alipay, wechat, private = vendors
    admin = window("admin")
    open_the_shop(admin, alipay, wechat, private)
    carla = window("customer")
    order(carla, "Alipay", "Longjing tea")
    check(carla)
    carla.get_by_role("link", name=re.compile("with Alipay$")).click()
    carla.get_by_role("button", name="Confirm").click()
    expect(carla.get_by_role("main")).to_contain_text("Paid. Thank you!")
    check(carla)
    assert {"alipay.trade.page.pay", "alipay.trade.wap.pay"} & set(alipay.asked) == {"alipay.trade.page.pay"}

    order(carla, "WeChat Pay", "Longjing tea")
    expect(carla.get_by_alt_text("The code that WeChat Pay scans")).to_be_visible()
    check(carla)
    (scanned,) = wechat.trades
    wechat.pays(scanned)
    wechat.notify(scanned)
    expect(carla.get_by_role("main")).to_contain_text("Paid. Thank you!")

    phone = window("customer", width=360, user_agent=PHONE, is_mobile=True, has_touch=True)
    for vendor in ("Alipay", "WeChat Pay"):
        order(phone, vendor, "Longjing tea")
        phone.get_by_role("link", name=re.compile(f"with {vendor}$")).click()
        phone.get_by_role("button", name="Confirm").click()
        expect(phone.get_by_role("main")).to_contain_text("Paid. Thank you!")
    assert "alipay.trade.wap.pay" in alipay.asked
    assert "POST /v3/pay/transactions/h5" in wechat.asked

    for vendor in ("alipay", "wechatpay"):
        give_back(admin, house, vendor)
