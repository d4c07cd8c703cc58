"""Alipay's side, played from its documents: the gateway, the cashier's page, notifications, the daily statement.

It shares no code with the adapter. It holds its own key, knows the merchant's public key, and refuses
whatever is not signed as the documents say.
"""

import base64
import csv
import io
import json
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.web import Server

CHINA = timezone(timedelta(hours=8))
PRODUCTS = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY", "alipay.trade.wap.pay": "QUICK_WAP_WAY"}
CASHIER = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cashier</title></head><body>
<main><h1>Pay ¥{amount}</h1><p>{subject}</p><form method="post" action="/cashier/{number}"><button>Confirm</button>
</form></main></body></html>"""


def make_keys() -> tuple[str, str]:
    """A private and a public key, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@cache
def _own_keys() -> tuple[str, str]:
    """The vendor's keys, the same in every test: to make such a pair takes longer than most tests."""
    return make_keys()


@dataclass
class Trade:
    """A trade as Alipay keeps it."""

    out_trade_no: str
    trade_no: str
    total: Decimal
    subject: str
    notify_url: str
    return_url: str
    status: str = "WAIT_BUYER_PAY"
    paid_at: datetime | None = None
    refunds: dict[str, Decimal] = field(default_factory=dict)


class FakeAlipay(Server):
    """The vendor. `trades` by the merchant's number; `errors` are given instead of the next answers."""

    def __init__(self, merchant_public_key: str, *, app_id: str = "2021000000000001", port: int = 0) -> None:
        self.app_id, self.seller_id = app_id, "2088000000000001"
        self.private_key, self.public_key = _own_keys()
        self.trades: dict[str, Trade] = {}
        self.errors: list[tuple[str, str]] = []
        self.leaves_unsigned = False
        self._merchant = serialization.load_pem_public_key(merchant_public_key.encode())
        self._numbers, self._notices = count(1), count(1)
        super().__init__(port)

    # What people do on Alipay's side

    def opens(self, address: str) -> Trade:
        """The customer's browser opens the address the merchant made; only now the trade exists."""
        with urllib.request.urlopen(address) as page:
            assert b"Cashier" in page.read()
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
        return self.trades[json.loads(query["biz_content"])["out_trade_no"]]

    def pays(self, out_trade_no: str) -> Trade:
        trade = self.trades[out_trade_no]
        trade.status, trade.paid_at = "TRADE_SUCCESS", datetime.now(CHINA)
        return trade

    # What Alipay says by itself

    def notification(self, out_trade_no: str, /, **changed: str) -> bytes:
        """The body that Alipay posts; `changed` fields are signed too. A repeat of a body has the same notify_id."""
        trade = self.trades[out_trade_no]
        fields = {
            "notify_time": datetime.now(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "notify_type": "trade_status_sync",
            "notify_id": f"2026112100222{next(self._notices):021}",
            "app_id": self.app_id,
            "charset": "utf-8",
            "version": "1.0",
            "trade_no": trade.trade_no,
            "out_trade_no": trade.out_trade_no,
            "seller_id": self.seller_id,
            "buyer_logon_id": "buy***@example.com",
            "trade_status": trade.status,
            "total_amount": f"{trade.total:.2f}",
            "subject": trade.subject,
            "gmt_payment": (trade.paid_at or datetime.now(CHINA)).strftime("%Y-%m-%d %H:%M:%S"),
            **changed,
        }
        message = "&".join(f"{key}={fields[key]}" for key in sorted(fields))
        return urllib.parse.urlencode({**fields, "sign_type": "RSA2", "sign": self._sign(message)}).encode()

    def notify(self, out_trade_no: str) -> bytes:
        """Post it to the merchant; returns what was answered."""
        body = self.notification(out_trade_no)
        head = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = urllib.request.Request(self.trades[out_trade_no].notify_url, body, head)
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())

    # What the merchant asks

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        parts = urllib.parse.urlsplit(path)
        if parts.path.startswith("/cashier/"):
            return self._confirm(parts.path.removeprefix("/cashier/"))
        if parts.path.startswith("/bill/"):
            return 200, {}, self._bill(parts.path.removeprefix("/bill/"))
        source = parts.query if method == "GET" else body.decode()
        asked = dict(urllib.parse.parse_qsl(source, keep_blank_values=True))
        self.asked.append(asked.get("method", ""))
        if not self._is_signed(asked):
            return self._answer("error_response", {"code": "40002", "sub_code": "isv.invalid-signature"})
        if asked["app_id"] != self.app_id:
            return self._answer("error_response", {"code": "40002", "sub_code": "isv.invalid-app-id"})
        name, wanted = asked["method"], json.loads(asked["biz_content"])
        if PRODUCTS.get(name) and wanted["product_code"] == PRODUCTS[name]:
            return self._open(asked, wanted)
        said = {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}
        if self.errors:
            code, sub_code = self.errors.pop(0)
            said = {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_code}
        elif name == "alipay.data.dataservice.bill.downloadurl.query":
            said = {"code": "10000", "msg": "Success", "bill_download_url": f"{self.url}/bill/{wanted['bill_date']}"}
        elif wanted["out_trade_no"] in self.trades:
            said = getattr(self, "_" + name.rsplit("trade.", 1)[1].replace(".", "_"))(
                self.trades[wanted["out_trade_no"]], wanted
            )
        return self._answer(name.replace(".", "_") + "_response", said)

    def _open(self, asked: dict[str, str], wanted: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        number = wanted["out_trade_no"]
        if number not in self.trades:
            self.trades[number] = Trade(
                number,
                f"20261121220014{next(self._numbers):014}",
                Decimal(wanted["total_amount"]),
                wanted["subject"],
                asked["notify_url"],
                asked["return_url"],
            )
        trade = self.trades[number]
        page = CASHIER.format(amount=trade.total, subject=trade.subject, number=number)
        return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()

    def _confirm(self, number: str) -> tuple[int, dict[str, str], bytes]:
        trade = self.pays(number)
        self.notify(number)
        return 302, {"Location": f"{trade.return_url}?out_trade_no={number}&sign=untrusted"}, b""

    def _query(self, trade: Trade, _wanted: dict[str, str]) -> dict[str, Any]:
        paid = trade.paid_at.strftime("%Y-%m-%d %H:%M:%S") if trade.paid_at else None
        said = {
            "code": "10000",
            "msg": "Success",
            "trade_no": trade.trade_no,
            "out_trade_no": trade.out_trade_no,
            "buyer_logon_id": "buy***@example.com",
            "trade_status": trade.status,
            "total_amount": f"{trade.total:.2f}",
        }
        return {**said, "send_pay_date": paid} if paid else said

    def _close(self, trade: Trade, _wanted: dict[str, str]) -> dict[str, Any]:
        if trade.status != "WAIT_BUYER_PAY":
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REASON_TRADE_STATUS_INVALID"}
        trade.status = "TRADE_CLOSED"
        return {"code": "10000", "msg": "Success", "trade_no": trade.trade_no, "out_trade_no": trade.out_trade_no}

    def _refund(self, trade: Trade, wanted: dict[str, str]) -> dict[str, Any]:
        amount, number = Decimal(wanted["refund_amount"]), wanted["out_request_no"]
        if trade.status != "TRADE_SUCCESS" and number not in trade.refunds:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_STATUS_ERROR"}
        changed = number not in trade.refunds
        if changed and sum(trade.refunds.values()) + amount > trade.total:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}
        trade.refunds.setdefault(number, amount)
        if sum(trade.refunds.values()) == trade.total:
            trade.status = "TRADE_CLOSED"
        return {
            "code": "10000",
            "msg": "Success",
            "trade_no": trade.trade_no,
            "out_trade_no": trade.out_trade_no,
            "fund_change": "Y" if changed else "N",
            "refund_fee": f"{sum(trade.refunds.values()):.2f}",
        }

    def _fastpay_refund_query(self, trade: Trade, wanted: dict[str, str]) -> dict[str, Any]:
        amount = trade.refunds.get(wanted["out_request_no"])
        said = {"code": "10000", "msg": "Success"}
        if amount is None:
            return said
        return {
            **said,
            "trade_no": trade.trade_no,
            "out_trade_no": trade.out_trade_no,
            "out_request_no": wanted["out_request_no"],
            "refund_amount": f"{amount:.2f}",
            "refund_status": "REFUND_SUCCESS",
        }

    def _bill(self, day: str) -> bytes:
        table = io.StringIO()
        rows = csv.writer(table, lineterminator="\n")
        table.write(f"#支付宝业务明细查询\n#账号：[{self.seller_id}0156]\n#起始日期：[{day}]\n")
        head = ["支付宝交易号", "商户订单号", "业务类型", "商品名称", "完成时间", "订单金额（元）", "商家实收（元）"]
        rows.writerow([*head, "退款批次号/请求号", "备注"])
        for trade in self.trades.values():
            if trade.paid_at:
                start = [f"{trade.trade_no}\t", f"{trade.out_trade_no}\t"]
                rows.writerow([*start, "交易", trade.subject, "", f"{trade.total:.2f}", f"{trade.total:.2f}", "", ""])
                for number, amount in trade.refunds.items():
                    rows.writerow([*start, "退款", trade.subject, "", f"-{amount:.2f}", f"-{amount:.2f}", number, ""])
        table.write("#交易合计：\n")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as files:
            files.writestr(f"{self.seller_id}_{day}_业务明细.csv", table.getvalue().encode("gbk"))
            files.writestr(
                f"{self.seller_id}_{day}_业务明细(汇总).csv", "#汇总\n门店编号,交易订单总笔数\n合计,1\n".encode("gbk")
            )
        return packed.getvalue()

    # Signatures

    def _answer(self, key: str, said: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        inner = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        sign = "" if self.leaves_unsigned else self._sign(inner)
        body = f'{{"{key}":{inner},"sign":"{sign}"}}'
        return 200, {"Content-Type": "text/html;charset=utf-8"}, body.encode()

    def _sign(self, message: str) -> str:
        key = serialization.load_pem_private_key(self.private_key.encode(), None)
        return base64.b64encode(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()  # type: ignore

    def _is_signed(self, asked: dict[str, str]) -> bool:
        message = "&".join(f"{key}={asked[key]}" for key in sorted(asked) if key != "sign" and asked[key])
        try:
            signature = base64.b64decode(asked.get("sign", ""), validate=True)
            self._merchant.verify(signature, message.encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore
        except (InvalidSignature, ValueError):
            return False
        return True
