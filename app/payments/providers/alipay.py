"""Alipay, open platform: customers pay on its page (`alipay.trade.page.pay`), on a phone in its app (`.wap.pay`).

Requests are signed over all parameters in the order of their names; answers over the very bytes of
their inner object; notifications over their decoded fields without `sign` and `sign_type`.
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from app.core.clock import now
from app.core.money import to_decimal, to_minor
from app.payments.providers import signing
from app.payments.providers.base import (
    Bill,
    Credentials,
    Notice,
    OnlineProvider,
    RefundAsk,
    Refunded,
    Reply,
    Setting,
    StatementLine,
    Trade,
)
from app.payments.providers.errors import Forged, VendorBusy, VendorRefused
from app.payments.providers.wire import Answer, Wire

ZONE = ZoneInfo("Asia/Shanghai")
MOMENT = "%Y-%m-%d %H:%M:%S"
GOOD = "10000"
BUSY = ("20000", "ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error")
NEVER_BEGUN = "ACQ.TRADE_NOT_EXIST"
PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")
LARGEST_STATEMENT = 64 * 1024 * 1024


class Alipay(OnlineProvider):
    """The strategy."""

    def check_settings(self, values: Mapping[str, str]) -> dict[str, list[str]]:
        """What is wrong with the settings of an account, by name."""
        errors: dict[str, list[str]] = {}
        if not (values["app_id"].isascii() and values["app_id"].isdigit()):
            errors["app_id"] = ["The app id is a number."]
        if not (values["seller_id"].startswith("2088") and len(values["seller_id"]) == 16):
            errors["seller_id"] = ["The seller id has 16 digits and begins with 2088."]
        for name, read in (("private_key", signing.private_key), ("alipay_public_key", signing.public_key)):
            try:
                read(values[name])
            except ValueError as refusal:
                errors[name] = [str(refusal)]
        return errors

    def create(self, account: Credentials, bill: Bill, wire: Wire) -> str:
        """The signed address of Alipay's page; it is the customer's browser that asks there."""
        wanted = {
            "out_trade_no": bill.trade_no,
            "total_amount": _yuan(bill.amount_minor, bill.currency),
            "subject": bill.description,
            "time_expire": bill.expires_at.astimezone(ZONE).strftime(MOMENT),
        }
        if bill.payer.device == "phone":
            method = "alipay.trade.wap.pay"
            wanted |= {"product_code": "QUICK_WAP_WAY", "quit_url": bill.return_url}
        else:
            method = "alipay.trade.page.pay"
            wanted["product_code"] = "FAST_INSTANT_TRADE_PAY"
        more = {"notify_url": account.notify_url, "return_url": bill.return_url}
        wire.tell(method, {"to": "the customer’s browser", **wanted})
        return f"{account.base_url}?{urlencode(_signed(account, method, wanted, **more))}"

    def query(self, account: Credentials, trade_no: str, wire: Wire) -> Trade:
        """How a payment stands."""
        try:
            said = self._call(account, "alipay.trade.query", {"out_trade_no": trade_no}, wire)
        except VendorRefused as refusal:
            if refusal.code == NEVER_BEGUN:
                return Trade("unknown")
            raise
        if said.get("out_trade_no") != trade_no:
            raise VendorBusy("The answer is about another payment.")
        return _trade(said, str(said.get("send_pay_date", "")))

    def close(self, account: Credentials, trade_no: str, wire: Wire) -> None:
        """Let it not be paid any more. One that the customer never opened is not there to be closed."""
        try:
            self._call(account, "alipay.trade.close", {"out_trade_no": trade_no}, wire)
        except VendorRefused as refusal:
            if refusal.code != NEVER_BEGUN:
                raise

    def refund(self, account: Credentials, ask: RefundAsk, wire: Wire) -> Refunded:
        """Give money back. Alipay does it at once, or says that it changed nothing this time."""
        wanted = {
            "out_trade_no": ask.trade_no,
            "refund_amount": _yuan(ask.amount_minor, ask.currency),
            "out_request_no": ask.refund_no,
            "refund_reason": ask.reason[:256],
        }
        said = self._call(account, "alipay.trade.refund", wanted, wire)
        if said.get("fund_change") == "Y":
            return Refunded("done", str(said.get("trade_no", "")))
        return self.query_refund(account, ask, wire)

    def query_refund(self, account: Credentials, ask: RefundAsk, wire: Wire) -> Refunded:
        """How a refund stands."""
        wanted = {"out_trade_no": ask.trade_no, "out_request_no": ask.refund_no}
        said = self._call(account, "alipay.trade.fastpay.refund.query", wanted, wire)
        if said.get("refund_status") == "REFUND_SUCCESS" and said.get("out_request_no") == ask.refund_no:
            return Refunded("done", str(said.get("trade_no", "")))
        return Refunded("unknown")

    def read_notification(self, account: Credentials, raw: bytes, headers: Mapping[str, str]) -> Notice:
        """Read a notification. Raises: Forged for a wrong signature, app or seller."""
        try:
            pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
        except ValueError:
            raise Forged("It is no form.") from None
        fields = dict(pairs)
        if len(fields) != len(pairs) or fields.get("sign_type") != "RSA2":
            raise Forged("It is not signed by RSA2, or names a field twice.")
        message = _in_order({key: value for key, value in fields.items() if key not in ("sign", "sign_type")})
        if not signing.is_signed(account.values["alipay_public_key"], message.encode(), fields.get("sign", "")):
            raise Forged("The signature does not hold.")
        if fields.get("app_id") != account.values["app_id"]:
            raise Forged("It is for another app.")
        if fields.get("seller_id") != account.values["seller_id"]:
            raise Forged("It is for another seller.")
        if not fields.get("notify_id") or not fields.get("out_trade_no"):
            raise Forged("It names neither itself nor a payment.")
        trade = _trade(fields, fields.get("gmt_payment", ""))
        return Notice(fields["notify_id"], fields["out_trade_no"], trade, words=fields.get("trade_status", ""))

    def statement(self, account: Credentials, day: date, wire: Wire) -> list[StatementLine]:
        """What Alipay's books say of a day; nothing where there is no statement."""
        try:
            wanted = {"bill_type": "trade", "bill_date": day.isoformat()}
            said = self._call(account, "alipay.data.dataservice.bill.downloadurl.query", wanted, wire)
        except VendorRefused as refusal:
            if "BILL_NOT_EXIST" in refusal.code.upper():
                return []
            raise
        url = str(said["bill_download_url"])
        if urlsplit(account.base_url).scheme == "https":
            url = url.replace("http://", "https://", 1)
        answer = wire.send("GET", url, title="Statement", shown={"day": day})
        if answer.status != 200:
            raise VendorBusy(f"The statement was answered with {answer.status}.")
        return _lines(answer.body)

    def _call(self, account: Credentials, method: str, wanted: Mapping[str, str], wire: Wire) -> dict[str, Any]:
        """Ask the gateway. Raises: VendorBusy also for an answer without a good signature; VendorRefused."""
        content = urlencode(_signed(account, method, wanted)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = wire.send("POST", account.base_url, title=method, shown=wanted, headers=headers, content=content)
        try:
            said = _verified(account, method, answer)
        except Forged as forgery:
            wire.heard(answer, "Answer without a good signature", {"why": forgery}, is_good=False)
            raise VendorBusy(str(forgery)) from None
        code = str(said.get("sub_code") or said.get("code"))
        shown = {key: said.get(key) for key in ("code", "sub_code", "trade_no", "trade_status", "fund_change")}
        is_good = said.get("code") == GOOD or code == NEVER_BEGUN
        wire.heard(answer, "Answer" if code == GOOD else f"Answer: {code}", shown, is_good=is_good)
        if said.get("code") == GOOD:
            return said
        if said.get("code") in BUSY or code in BUSY:
            raise VendorBusy(code)
        raise VendorRefused(code, str(said.get("sub_msg") or said.get("msg") or ""))


ALIPAY = Alipay(
    "alipay",
    "Alipay",
    "On Alipay’s page, by phone or account.",
    icon="credit-card",
    currencies=("CNY",),
    live_url="https://openapi.alipay.com/gateway.do",
    hosts=("dwbillcenter.alipay.com",),
    settings=(
        Setting("app_id", "App id", "From the open platform, such as 2021000000000000."),
        Setting("seller_id", "Seller id", "The 16 digits of your merchant account, beginning with 2088."),
        Setting("private_key", "Your app’s private key", "RSA2, in PEM or as the key tool gives it.", True, True),
        Setting("alipay_public_key", "Alipay’s public key", "Not your own: the one that Alipay shows.", False, True),
    ),
    accepted=Reply("success"),
    refused=Reply("failure"),
)


def _signed(account: Credentials, method: str, wanted: Mapping[str, str], **more: str) -> dict[str, str]:
    parameters = {
        "app_id": account.values["app_id"],
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": now().astimezone(ZONE).strftime(MOMENT),
        "version": "1.0",
        "biz_content": json.dumps(dict(wanted), ensure_ascii=False, separators=(",", ":")),
        **more,
    }
    return {**parameters, "sign": signing.sign(account.values["private_key"], _in_order(parameters).encode())}


def _in_order(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{key}={value}" for key, value in sorted(parameters.items()) if value != "")


def _verified(account: Credentials, method: str, answer: Answer) -> dict[str, Any]:
    """The inner object of an answer, after the signature over its very bytes held. Raises: Forged."""
    if answer.status >= 500:
        raise Forged(f"It was answered with {answer.status}.")
    text = answer.body.decode("utf-8", "replace")
    for key in (method.replace(".", "_") + "_response", "error_response"):
        mark = f'"{key}":'
        start = text.find(mark)
        if start < 0:
            continue
        start += len(mark)
        try:
            whole = json.loads(text)
            said, end = json.JSONDecoder().raw_decode(text, start)
        except ValueError:
            break
        if signing.is_signed(account.values["alipay_public_key"], text[start:end].encode(), str(whole.get("sign", ""))):
            return dict(said)
        break
    raise Forged("The signature of the answer does not hold.")


def _trade(said: Mapping[str, Any], paid_at: str) -> Trade:
    status = said.get("trade_status")
    if status in PAID:
        try:
            amount = to_minor(Decimal(str(said.get("total_amount"))), "CNY")
        except InvalidOperation:
            raise Forged("It names no amount.") from None
        return Trade("paid", str(said.get("trade_no", "")), amount, "CNY", _moment(paid_at))
    return Trade("closed" if status == "TRADE_CLOSED" else "waiting")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        return None


def _yuan(amount_minor: int, currency: str) -> str:
    return format(to_decimal(amount_minor, currency), "f")


def _lines(archive: bytes) -> list[StatementLine]:
    """The rows of the statement: a ZIP whose file of details is GBK, with remarks between rows that begin with #."""
    lines = []
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for info in files.infolist():
            if info.file_size > LARGEST_STATEMENT:
                raise VendorRefused("statement_too_large")
            text = files.read(info).decode("gb18030", "replace")
            rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
            lines += _read_rows([[cell.strip() for cell in row] for row in rows])
    return lines


def _read_rows(rows: list[list[str]]) -> list[StatementLine]:
    if not rows or "商户订单号" not in rows[0]:
        return []
    head = {name: position for position, name in enumerate(rows[0])}
    refund_no = next(position for name, position in head.items() if name.startswith("退款批次号"))
    amount = next(position for name, position in head.items() if name.startswith("订单金额"))
    lines = []
    for row in rows[1:]:
        is_refund = row[head["业务类型"]] == "退款"
        number = row[refund_no] if is_refund else row[head["商户订单号"]]
        minor = abs(to_minor(Decimal(row[amount]), "CNY"))
        kind = "refund" if is_refund else "payment"
        lines.append(StatementLine(kind, number, row[head["支付宝交易号"]], minor))  # type: ignore[arg-type]
    return lines
